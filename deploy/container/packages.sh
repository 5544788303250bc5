#!/bin/sh
# Installs Debian packages into an image, from the archive that DEBIAN and DEBIAN_SECURITY name, and leaves nothing behind that
# would differ in the next build: no lists, caches, logs or backups of the tools, no keys, no compiled files that carry times.
#
#     packages.sh PACKAGE…
set -eu
export DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8 PYTHONHASHSEED=0
sources=$(mktemp)
chmod 644 "$sources"
cat >"$sources" <<END
deb $DEBIAN bookworm main
deb $DEBIAN bookworm-updates main
deb $DEBIAN_SECURITY bookworm-security main
END
apt() {
	# The lists of a snapshot are past their time; they are signed all the same.
	apt-get -qq -o "Dir::Etc::SourceList=$sources" -o Dir::Etc::SourceParts=/dev/null -o Acquire::Check-Valid-Until=false "$@"
}
mkdir -p /var/log/apt
policy=/usr/sbin/policy-rc.d
[ -e $policy ] || { printf '#!/bin/sh\nexit 101\n' >$policy && chmod 755 $policy && ours=yes; } # nothing is started in a build
apt update
# Of the fonts one is used, by the program that draws workers' papers anew.
apt install -y --no-install-recommends \
	-o DPkg::Options::='--path-exclude=/usr/share/fonts/opentype/noto/*' \
	-o DPkg::Options::=--path-include=/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc \
	-o DPkg::Options::='--path-exclude=/usr/share/doc/*' -o DPkg::Options::='--path-include=/usr/share/doc/*/copyright' \
	-o DPkg::Options::='--path-exclude=/usr/share/man/*' -o DPkg::Options::='--path-exclude=/usr/share/locale/*' "$@" >/dev/null
[ -z "${ours:-}" ] || rm -f $policy
rm -rf "$sources" /etc/*.dpkg-old /etc/ssh/ssh_host_* /var/lib/apt/lists/* /var/cache/apt/* /var/cache/ldconfig/* /var/cache/debconf/*-old \
	/var/lib/dpkg/*-old /var/log/*
# All files get the time of the commit, so compiled ones must not be held against the times of their sources.
find /usr/lib/python3* /usr/share -name '*.pyc' -delete
python3 -B -m compileall -q -f -j 1 --invalidation-mode=unchecked-hash /usr/lib/python3*
