#!/bin/sh
# What an installation is made of, wherever it runs: install.sh does it on a machine, container/prepare.sh for containers. Sourced,
# not run, with `set -eu` and $here, the folder in which deploy/ lies. What is as it should be stays untouched.

etc=/etc/workers-home
program=/opt/workers-home
data=/var/lib/workers-home
home=/srv/workers-home
acme=/var/lib/workers-home-acme
logs=/var/log/workers-home
self=$etc/tls/self-signed
tally=$(mktemp)
step=准备

say() { echo "$*"; }
did() {
	echo "$*" >>"$tally" # a file, because some of this runs in subshells
	echo "  ＋ $*"
}
fail() {
	echo "安装停在“$step”：$1" >&2
	echo "改好以后再运行一次就行，已经做好的不会重做。" >&2
	rm -f "$tally"
	trap - EXIT
	exit 1
}
running() { [ -d /run/systemd/system ]; }
has() { dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null | grep -qx installed; }

# put FILE MODE OWNER: writes standard input to FILE; status 0 if that changed anything
put() {
	new=$(mktemp "$(dirname "$1")/.new-XXXXXX")
	cat >"$new"
	chmod "$2" "$new"
	chown "$3" "$new"
	if [ -f "$1" ] && cmp -s "$new" "$1" && [ "$(stat -c %a:%U:%G "$1")" = "$(stat -c %a:%U:%G "$new")" ]; then
		rm -f "$new"
		return 1
	fi
	mv -f "$new" "$1"
	did "写好 $1"
}
# own PATH MODE OWNER: makes a folder, or gives anything there mode and owner
own() {
	[ -e "$1" ] || { mkdir -p "$1" && did "建好 $1"; }
	[ "$(stat -c %U:%G "$1")" = "$3" ] || { chown "$3" "$1" && did "改了 $1 的属主：$3"; }
	[ "$(stat -c %a "$1")" = "$2" ] || { chmod "$2" "$1" && did "改了 $1 的权限：$2"; }
}
# as USER COMMAND…: runs with the settings and nothing else
as() {
	user=$1
	shift
	(
		cd /
		set -a
		# shellcheck disable=SC1091  # written by this script
		. "$etc/settings.env"
		HOME=$(getent passwd "$user" | cut -d: -f6)
		exec setpriv --reuid="$user" --regid="$(id -gn "$user")" --init-groups "$@"
	)
}

# prepare_settings: settings and the folder of secrets, then reads the settings
prepare_settings() {
	step=设置
	say "设置"
	own $etc 755 root:root
	own $etc/secrets 700 forms-review:forms
	own $etc/tls 755 root:root
	[ -f $etc/settings.env ] || put $etc/settings.env 644 root:root <"$here/deploy/settings.env" || true
	own $etc/settings.env 644 root:root
	for secret in "$etc"/secrets/*; do [ ! -e "$secret" ] || own "$secret" 600 forms-review:forms; done
	grep -Evq '^(#.*|[A-Z_0-9]+=("[^"$`\\]*"|[^"$`\\ 	]*)|)$' $etc/settings.env &&
		fail "$etc/settings.env 里这几行写法不对：$(grep -Evn '^(#.*|[A-Z_0-9]+=("[^"$`\\]*"|[^"$`\\ 	]*)|)$' $etc/settings.env | head -5)。请写成 名字=值，有空格时用双引号。"
	missing=$(sed -n 's/^\([A-Z_0-9]*\)=.*/\1/p' "$here/deploy/settings.env" | while read -r name; do grep -q "^#* *$name=" $etc/settings.env || echo "$name"; done)
	[ -z "$missing" ] || say "  注意：这一版多了设置 $(echo $missing)，$etc/settings.env 里还没有，先按默认的办。说明见 $here/deploy/settings.env。"
	read_settings
}

# read_settings: the defaults first, then what is set
read_settings() {
	set -a
	# shellcheck disable=SC1090,SC1091
	. "$here/deploy/settings.env"
	. $etc/settings.env
	set +a
}

# prepare_data [--passphrase-file FILE]: the data folder with its two sides
prepare_data() {
	step=数据和密钥
	say "数据和密钥"
	own $data 2770 root:forms
	if [ ! -f $data/cases.db ]; then
		(umask 007 && "$program/bin/forms-api" init --data $data "$@") || fail "数据文件夹没有建成，原因在上面。"
		did "建好数据库和密钥"
	fi
	own $data/public 750 forms-intake:forms
	own $data/review 700 forms-review:forms
	own $data/files 2770 forms-intake:forms
	for file in "$data"/cases.*; do own "$file" 660 "$(stat -c %U "$file"):forms"; done
	for file in "$data"/*.lock; do [ ! -e "$file" ] || own "$file" 660 "$(stat -c %U "$file"):forms"; done
	# The staff app gives workers new secrets and fills in for them, so it needs intake's key, too.
	[ ! -f $data/public/intake.key ] || own $data/public/intake.key 640 forms-intake:forms
	[ ! -f $data/public/federation.json ] || own $data/public/federation.json 644 forms-intake:forms
	for file in "$data"/review/*; do [ ! -f "$file" ] || own "$file" 600 forms-review:forms; done
}

# prepare_content: the repository with its hooks, the sample content, the first release
prepare_content() {
	step=内容仓库和网站
	say "内容仓库和网站"
	own $home 755 git:git
	repository=$home/site.git
	if [ ! -d $repository ]; then
		as git git init --quiet --bare --initial-branch=main $repository || fail "内容仓库没有建成。请检查 $home 所在的磁盘。"
		did "建好内容仓库"
	fi
	[ -f $home/publish.yml ] || put $home/publish.yml 644 git:git <<-END || true
		repository: site.git
		branch: main
		keep: 10
		pusher: WORKERS_HOME_PUSHER
	END
	for pair in folder=$home command=$program/bin/site-builder; do
		name=workershome.${pair%%=*}
		[ "$(as git git -C $repository config --get "$name" || true)" = "${pair#*=}" ] ||
			{ as git git -C $repository config "$name" "${pair#*=}" && did "仓库设置 $name"; }
	done
	for hook in pre-receive post-receive; do
		if [ "$(readlink $repository/hooks/$hook 2>/dev/null || true)" != $program/deploy/hooks/$hook ]; then
			[ ! -e $repository/hooks/$hook ] || fail "$repository/hooks/$hook 已经有了，不是本程序的。请移走，或者照 docs/publishing.md 合在一起。"
			as git ln -s $program/deploy/hooks/$hook $repository/hooks/$hook
			did "装上钩子 $hook"
		fi
	done
	if ! as git git -C $repository rev-parse --quiet --verify main >/dev/null; then
		seed=$(mktemp -d)
		cp -r $program/content-sample/mkdocs.yml $program/content-sample/content "$seed"
		chown -R git:git "$seed"
		as git sh -euc "cd '$seed' && git init --quiet --initial-branch=main && git add --all &&
			git -c user.name=安装 -c user.email=root@localhost commit --quiet -m '放入示例内容' && git push --quiet --receive-pack='git -c core.hooksPath=/nonexistent receive-pack' $repository main" ||
			fail "示例内容没有放进仓库，原因在上面。"
		rm -rf "$seed"
		did "放入示例内容（换成自己的以前，网站上都标着“示例”）"
	fi
	if [ ! -L $home/current ]; then
		as git $program/bin/site-builder publish || fail "网站没有生成，原因在上面。"
		did "生成并发布了网站"
	fi
}

# prepare_push HOSTS: the key by which the staff app pushes, and the lines by which it knows the machine
prepare_push() {
	step=受理台到仓库的钥匙
	key=$etc/secrets/content-key
	if [ ! -f $key ]; then
		as forms-review ssh-keygen -q -t ed25519 -N "" -C workers-home-review -f $key
		chmod 600 $key.pub
		did "做好受理台推送用的钥匙"
	fi
	own $home/.ssh 700 git:git
	# git-shell runs nothing but git; the name of who pushes stands beside the key and cannot be chosen by whoever holds it.
	line="restrict,environment=\"WORKERS_HOME_PUSHER=workers-home-review\" $(cut -d' ' -f1,2 $key.pub) workers-home-review"
	[ -f $home/.ssh/authorized_keys ] || put $home/.ssh/authorized_keys 600 git:git </dev/null || true
	grep -qxF "$line" $home/.ssh/authorized_keys || {
		sed -i '/ workers-home-review$/d' $home/.ssh/authorized_keys
		echo "$line" >>$home/.ssh/authorized_keys
		did "仓库认得受理台的钥匙"
	}
	own $data/review/.ssh 700 forms-review:forms
	# ssh adds to this file by itself; the key of this machine has to stand in it, and the rest is ssh's.
	[ -z "$1" ] || grep -qsF "$1" $data/review/.ssh/known_hosts || echo "$1" | put $data/review/.ssh/known_hosts 600 forms-review:forms || true
}

# prepare_backups: the folder of the archives and their key
prepare_backups() {
	step=备份
	own /var/backups/workers-home 700 forms-review:forms
	own "$FORMS_BACKUPS" 700 forms-review:forms
	if [ ! -f "$FORMS_BACKUP_KEY_FILE" ]; then
		as forms-review $program/bin/forms-api backup-key new "$FORMS_BACKUP_KEY_FILE" || fail "备份密钥没有做成，原因在上面。"
		did "做好备份密钥 $FORMS_BACKUP_KEY_FILE"
	fi
}

# prepare_certificate: one of our own making, until a real one is named
prepare_certificate() {
	if [ -z "$TLS_CERTIFICATE" ] && [ ! -f $self.crt ]; then
		(umask 077 && openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 397 -subj "/CN=$SITE_DOMAIN" \
			-addext "subjectAltName=DNS:$SITE_DOMAIN,DNS:$REVIEW_DOMAIN" -keyout $self.key -out $self.crt 2>/dev/null) || fail "自制证书没有做成。请检查 SITE_DOMAIN 和 REVIEW_DOMAIN。"
		chmod 644 $self.crt
		did "做好试用的证书 $self.crt"
	fi
}

# put_nginx: nginx's configuration as the settings say; sets nginx_changed if that changed anything
put_nginx() {
	: "${TLS_CERTIFICATE:=$self.crt}" "${TLS_KEY:=$self.key}"
	: "${REVIEW_TLS_CERTIFICATE:=$TLS_CERTIFICATE}" "${REVIEW_TLS_KEY:=$TLS_KEY}"
	for file in "$TLS_CERTIFICATE" "$TLS_KEY" "$REVIEW_TLS_CERTIFICATE" "$REVIEW_TLS_KEY"; do
		[ -f "$file" ] || fail "没有证书文件 $file。请在 $etc/settings.env 里改正，或者留空先用自制的。"
	done
	for file in "$TLS_KEY" "$REVIEW_TLS_KEY"; do
		case $(stat -Lc %a "$file") in *00) ;; *) fail "证书的私钥 $file 别的用户也能读。请运行 chmod go= $file。" ;; esac
	done
	suffix=
	[ "$HTTPS_PORT" = 443 ] || suffix=:$HTTPS_PORT
	case $REVIEW_ADDRESS in "" | 0.0.0.0 | "[::]" | "*") fail "REVIEW_ADDRESS 要写本机在内网的一个地址，不能是全部地址。请在 $etc/settings.env 里改正。" ;; esac
	allow=
	for network in $REVIEW_NETWORKS; do allow="$allow allow $network;"; done
	nginx_changed=
	for file in "$here"/deploy/nginx-*.conf "$here"/deploy/nginx/tls.conf "$here"/deploy/nginx/proxy.conf "$here"/deploy/nginx/intake.conf; do
		! put "/etc/nginx/workers-home/$(basename "$file")" 644 root:root <"$file" || nginx_changed=yes
	done
	compression() {
		cat "$here/deploy/nginx/compression.conf"
		! has libnginx-mod-http-brotli-static || ! has libnginx-mod-http-brotli-filter || cat "$here/deploy/nginx/brotli.conf"
	}
	! compression | put /etc/nginx/workers-home/compression.conf 644 root:root || nginx_changed=yes
	no_ipv6=
	[ -e /proc/net/if_inet6 ] || no_ipv6='/listen \[::\]/d;'
	! sed -e "$no_ipv6 s|@HTTP_PORT@|$HTTP_PORT|g; s|@HTTPS_PORT@|$HTTPS_PORT|g; s|@HTTPS_SUFFIX@|$suffix|g; s|@SITE_DOMAIN@|$SITE_DOMAIN|g" \
		-e "s|@REVIEW_DOMAIN@|$REVIEW_DOMAIN|g; s|@REVIEW_ADDRESS@|$REVIEW_ADDRESS|g; s|@REVIEW_ALLOW@|$allow|g" \
		-e "s|@TLS_CERTIFICATE@|$TLS_CERTIFICATE|g; s|@TLS_KEY@|$TLS_KEY|g" \
		-e "s|@REVIEW_TLS_CERTIFICATE@|$REVIEW_TLS_CERTIFICATE|g; s|@REVIEW_TLS_KEY@|$REVIEW_TLS_KEY|g" \
		"$here/deploy/nginx/workers-home.conf" | put /etc/nginx/conf.d/workers-home.conf 644 root:root || nginx_changed=yes
}
