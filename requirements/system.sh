#!/bin/sh
# Install Debian packages that are missing, when that is possible; otherwise say what a person must do.
set -eu
missing=
for package in "$@"; do
	case $package in
	chromium) command -v chromium >/dev/null 2>&1 || missing="$missing $package" ;;
	fonts-noto-cjk) fc-list 2>/dev/null | grep -qi 'noto.*cjk' || missing="$missing $package" ;;
	libatomic1) ldconfig -p 2>/dev/null | grep -q 'libatomic\.so\.1' || missing="$missing $package" ;;
	nginx) PATH="$PATH:/usr/sbin" command -v nginx >/dev/null 2>&1 || missing="$missing $package" ;;
	postgresql) ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || missing="$missing $package" ;;
	gcc) command -v gcc >/dev/null 2>&1 || missing="$missing $package" ;;
	libc6-dev) [ -e /usr/include/stdio.h ] || missing="$missing $package" ;;
	*) dpkg -s "$package" >/dev/null 2>&1 || missing="$missing $package" ;;
	esac
done
[ -n "$missing" ] || exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
	echo "Installing Debian packages:$missing"
	export DEBIAN_FRONTEND=noninteractive
	apt-get update -qq
	# shellcheck disable=SC2086  # a list of package names
	apt-get install -y -qq --no-install-recommends $missing >/dev/null
else
	echo "These are missing:$missing. Install them first, on Debian or Ubuntu with: sudo apt-get install$missing" >&2
	exit 1
fi
