#!/bin/sh
# Installs Workers' Home on a clean Debian 12, or brings an installation up to this checkout. May be run again at any time:
# what is as it should be stays untouched, and the script says so. It never changes content, data, keys or settings that are there.
#
#     deploy/install.sh                     as root, from the checkout (on a terminal it asks for a passphrase once)
#     deploy/install.sh --passphrase-file F takes the passphrase of the private key from a file instead
set -eu
umask 022
export DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8 PYTHONUTF8=1 PIP_DISABLE_PIP_VERSION_CHECK=1
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin

etc=/etc/workers-home
program=/opt/workers-home
data=/var/lib/workers-home
home=/srv/workers-home
acme=/var/lib/workers-home-acme
logs=/var/log/workers-home
tally=$(mktemp)
step=准备
passphrase_file=

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
trap 'status=$?; [ $status = 0 ] || echo "安装停在“$step”，原因在上面几行。改好以后再运行一次就行，已经做好的不会重做。" >&2' EXIT

while [ $# -gt 0 ]; do
	case $1 in
	--passphrase-file) passphrase_file=${2:?"--passphrase-file 后面要写文件名"}; shift 2 ;;
	*) fail "看不懂参数“$1”。可以写的只有 --passphrase-file 文件。" ;;
	esac
done

here=$(cd "$(dirname "$0")/.." && pwd -P)
[ "$(id -u)" = 0 ] || fail "要用 root 运行。请写 sudo deploy/install.sh。"
[ -f "$here/deploy/settings.env" ] || fail "找不到 $here/deploy/settings.env。请在完整的程序文件夹里运行 deploy/install.sh。"
# shellcheck disable=SC1091  # Debian's own file
[ "$(. /etc/os-release && echo "${ID:-}${VERSION_ID:-}")" = debian12 ] || say "注意：这台机器不是 Debian 12，没有在上面试过。"
running() { [ -d /run/systemd/system ]; }

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

# --- packages ---------------------------------------------------------------------------------------------------------

step=安装软件包
has() { dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null | grep -qx installed; }
install_packages() {
	missing=
	for package in "$@"; do has "$package" || missing="$missing $package"; done
	[ -n "$missing" ] || return 0
	# Never start a service with a package's own settings: nginx would show its welcome page to the world.
	apt-get update -qq || return 1
	# shellcheck disable=SC2086  # a list of names
	apt-get install -y -qq --no-install-recommends $missing >/dev/null || return 1
	did "装好软件包：${missing# }"
}
say "软件包"
install_packages ca-certificates fonts-noto-cjk git logrotate nginx openssh-client openssh-server openssl python3-venv util-linux ||
	fail "软件包没有装上。请检查网络和 /etc/apt 里的软件源，先让 apt-get update 成功。"
install_packages libnginx-mod-http-brotli-filter libnginx-mod-http-brotli-static ||
	say "  没有 brotli 模块，只用 gzip 压缩。"

# --- users ------------------------------------------------------------------------------------------------------------

step=建立用户
say "用户"
getent group forms >/dev/null || { groupadd --system forms && did "建好用户组 forms"; }
add_user() { # NAME HOME SHELL GROUP
	getent passwd "$1" >/dev/null || { useradd --system --no-create-home --home-dir "$2" --shell "$3" --gid "$4" "$1" && did "建好用户 $1"; }
}
getent group git >/dev/null || groupadd --system git
add_user forms-intake /nonexistent /usr/sbin/nologin forms
add_user forms-review $data/review /usr/sbin/nologin forms
add_user git $home /usr/bin/git-shell git

# --- settings ---------------------------------------------------------------------------------------------------------

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
set -a
# shellcheck disable=SC1090,SC1091  # the defaults first, then what is set
. "$here/deploy/settings.env"
. $etc/settings.env
set +a

# --- program ----------------------------------------------------------------------------------------------------------

step=安装程序
say "程序"
version=$(cd "$here" && find site_builder forms_api deploy requirements/run.lock pyproject.toml mkdocs.yml -type f ! -name '*.pyc' -print0 |
	sort -z | xargs -0 sha256sum | sha256sum | cut -c1-12)
folder=$program-$version
if [ ! -f "$folder/.complete" ]; then
	rm -rf "$folder"
	python3 -m venv "$folder" || fail "不能建立 Python 环境。请检查 $program 所在磁盘的空间。"
	"$folder/bin/pip" install --quiet --no-cache-dir --require-hashes -r "$here/requirements/run.lock" ||
		fail "依赖没有装上。请检查网络；内网机器先设好 pip 的镜像（pip config set global.index-url …），依赖会按 requirements/run.lock 核对摘要。"
	build=$(mktemp -d)
	cp -r "$here/pyproject.toml" "$here/README.md" "$here/LICENSE" "$here/site_builder" "$here/forms_api" "$build"
	"$folder/bin/pip" install --quiet --no-deps --no-build-isolation --no-cache-dir "$build" || fail "程序本身没有装上，原因在上面。"
	rm -rf "$build"
	cp -r "$here/deploy" "$folder/deploy"
	mkdir -p "$folder/content-sample"
	cp -r "$here/mkdocs.yml" "$here/content" "$folder/content-sample"
	"$folder/bin/python" -m compileall -q "$folder/lib" || true
	touch "$folder/.complete"
	did "装好程序 $version"
fi
if [ "$(readlink $program 2>/dev/null)" != "$folder" ]; then
	[ ! -e $program ] || [ -L $program ] || fail "$program 是别的东西，不是本程序的链接。请先把它移走。"
	ln -sfn "$folder" $program.new && mv -T $program.new $program
	did "换上程序 $version"
	program_changed=yes
fi
# The version before stays, to go back to.
for old in $(ls -dt $program-* 2>/dev/null | tail -n +3); do
	[ "$old" = "$folder" ] || { rm -rf "$old" && did "删去旧程序 ${old#"$program-"}"; }
done
for tool in forms-api:forms-review site-builder:git; do
	put "/usr/local/sbin/${tool%:*}" 755 root:root <<-END || true
		#!/bin/sh
		# Runs ${tool%:*} as the user and with the settings of the service; written by install.sh.
		set -eu
		set -a
		. $etc/settings.env
		HOME=\$(getent passwd ${tool#*:} | cut -d: -f6)
		set +a
		[ "\$(id -un)" != ${tool#*:} ] || exec $program/bin/${tool%:*} "\$@"
		exec setpriv --reuid=${tool#*:} --regid=\$(id -gn ${tool#*:}) --init-groups $program/bin/${tool%:*} "\$@"
	END
done

# --- data and keys ----------------------------------------------------------------------------------------------------

step=数据和密钥
say "数据和密钥"
own $data 2770 root:forms
if [ ! -f $data/cases.db ]; then
	if [ -n "$passphrase_file" ]; then set -- --passphrase-file "$passphrase_file"; else set --; fi
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

# --- content and the site ---------------------------------------------------------------------------------------------

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
if echo "PermitUserEnvironment WORKERS_HOME_PUSHER" | put /etc/ssh/sshd_config.d/workers-home.conf 644 root:root; then
	! running || systemctl try-reload-or-restart ssh.service
fi
[ -f $home/.ssh/authorized_keys ] || put $home/.ssh/authorized_keys 600 git:git </dev/null || true
grep -qxF "$line" $home/.ssh/authorized_keys || {
	sed -i '/ workers-home-review$/d' $home/.ssh/authorized_keys
	echo "$line" >>$home/.ssh/authorized_keys
	did "仓库认得受理台的钥匙"
}
own $data/review/.ssh 700 forms-review:forms
hosts=$(for file in /etc/ssh/ssh_host_ed25519_key.pub; do [ ! -f "$file" ] || echo "127.0.0.1 $(cut -d' ' -f1,2 "$file")"; done)
# ssh adds to this file by itself; the key of this machine has to stand in it, and the rest is ssh's.
[ -z "$hosts" ] || grep -qsF "$hosts" $data/review/.ssh/known_hosts || echo "$hosts" | put $data/review/.ssh/known_hosts 600 forms-review:forms || true

# --- web server -------------------------------------------------------------------------------------------------------

step=网页服务器
say "网页服务器"
own $acme 755 root:root
own $logs 755 root:adm
own /etc/nginx/workers-home 755 root:root
self=$etc/tls/self-signed
if [ -z "$TLS_CERTIFICATE" ] && [ ! -f $self.crt ]; then
	(umask 077 && openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 397 -subj "/CN=$SITE_DOMAIN" \
		-addext "subjectAltName=DNS:$SITE_DOMAIN,DNS:$REVIEW_DOMAIN" -keyout $self.key -out $self.crt 2>/dev/null) || fail "自制证书没有做成。请检查 SITE_DOMAIN 和 REVIEW_DOMAIN。"
	chmod 644 $self.crt
	did "做好试用的证书 $self.crt"
fi
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
backup=$(mktemp -d)
[ ! -d /etc/nginx/workers-home ] || cp -a /etc/nginx/workers-home "$backup"
[ ! -f /etc/nginx/conf.d/workers-home.conf ] || cp -a /etc/nginx/conf.d/workers-home.conf "$backup"
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
if [ -L /etc/nginx/sites-enabled/default ]; then
	rm /etc/nginx/sites-enabled/default
	did "停用 nginx 自带的欢迎页"
	nginx_changed=yes
fi
if ! nginx -t -q 2>"$backup/said"; then
	cat "$backup/said" >&2
	rm -rf /etc/nginx/workers-home /etc/nginx/conf.d/workers-home.conf
	[ ! -d "$backup/workers-home" ] || cp -a "$backup/workers-home" /etc/nginx/
	[ ! -f "$backup/workers-home.conf" ] || cp -a "$backup/workers-home.conf" /etc/nginx/conf.d/
	fail "nginx 不接受这份配置，已经恢复原来的。请照上面 nginx 的话检查 $etc/settings.env 里的域名、地址和证书。"
fi
rm -rf "$backup"
put /etc/logrotate.d/workers-home 644 root:root <"$here/deploy/logrotate.conf" || true

# --- backups ----------------------------------------------------------------------------------------------------------

step=备份
own /var/backups/workers-home 700 forms-review:forms
own "$FORMS_BACKUPS" 700 forms-review:forms
if [ ! -f "$FORMS_BACKUP_KEY_FILE" ]; then
	as forms-review $program/bin/forms-api backup-key new "$FORMS_BACKUP_KEY_FILE" || fail "备份密钥没有做成，原因在上面。"
	did "做好备份密钥 $FORMS_BACKUP_KEY_FILE"
fi

if ! as forms-review $program/bin/forms-api migrate --check >/dev/null 2>&1; then
	! running || systemctl stop forms-intake.service forms-review.service
	as forms-review $program/bin/forms-api migrate || fail "数据库没有升级，原因在上面；数据还是原来的样子。"
	did "升级了数据库"
fi

# --- units ------------------------------------------------------------------------------------------------------------

step=服务
say "服务"
units_changed=
for unit in "$here"/deploy/systemd/*; do
	! put "/etc/systemd/system/$(basename "$unit")" 644 root:root <"$unit" || units_changed=yes
done
! running || [ -z "$units_changed" ] || systemctl daemon-reload
list_units() { for unit in "$here"/deploy/systemd/*; do ! grep -q '^\[Install\]' "$unit" || basename "$unit"; done; }
for unit in $(list_units) nginx.service; do
	systemctl is-enabled --quiet "$unit" 2>/dev/null || { systemctl enable --quiet "$unit" 2>/dev/null && did "设为开机启动：$unit"; } ||
		fail "$unit 不能设为开机启动。请运行 systemctl enable $unit 看原因。"
done
if running; then
	for unit in $(list_units | grep -E '\.(socket|timer|path)$') nginx.service $(list_units | grep '\.service$'); do
		systemctl is-active --quiet "$unit" || { systemctl start "$unit" && did "启动 $unit"; } ||
			fail "$unit 没有启动起来。请运行 journalctl -u $unit -n 30 看原因。"
	done
	[ -z "$nginx_changed" ] || { systemctl reload nginx.service && did "nginx 换上新配置"; }
	if [ -n "${program_changed:-}$units_changed" ] || ! cmp -s $etc/settings.env /run/workers-home-settings; then
		if [ -f /run/workers-home-settings ] || [ -n "${program_changed:-}$units_changed" ]; then
			systemctl restart forms-intake.service
			did "重新启动受理（等着的人不会断）"
			say "  受理台请挑没人用的时候重新启动，再解锁私钥：systemctl restart forms-review"
		fi
		cp $etc/settings.env /run/workers-home-settings
	fi
fi

# --- said at the end --------------------------------------------------------------------------------------------------

step=完成
changes=$(wc -l <"$tally")
rm -f "$tally"
if [ $changes = 0 ]; then
	say "都已经装好，什么也没有改动。"
else
	say "装好了，一共做了 $changes 处改动。"
fi
running || say "这里没有运行 systemd。开机以后服务会自己启动；现在就要的话，请照 /etc/systemd/system/ 里 forms-intake、forms-review 和 nginx 的 ExecStart 启动。"
if [ $changes != 0 ]; then
	cat <<-END
		接下来：
		  1. 在 $etc/settings.env 里写好域名、证书和内网地址，再运行一次本脚本。
		  2. 私钥分成几张纸保管：forms-api keys split --needed 2 --sheets 3 --out /root/sheets
		  3. 第一个管理员账号：forms-api staff add 账号 --name 姓名 --union county --duty admin
		  4. 受理台的公钥登记到内容仓库的 content/editors.yml（service: true，见 docs/publishing.md 三）：
		     $(cat $key.pub)
		  5. 备份密钥抄一份放到别的地方，丢了它备份谁也打不开：$FORMS_BACKUP_KEY_FILE
		  6. 全部检查一遍：forms-api doctor
	END
fi
