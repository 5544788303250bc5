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

here=$(cd "$(dirname "$0")/.." && pwd -P)
# shellcheck source=deploy/setup.sh
. "$here/deploy/setup.sh"
passphrase_file=
trap 'status=$?; [ $status = 0 ] || echo "安装停在“$step”，原因在上面几行。改好以后再运行一次就行，已经做好的不会重做。" >&2' EXIT

while [ $# -gt 0 ]; do
	case $1 in
	--passphrase-file) passphrase_file=${2:?"--passphrase-file 后面要写文件名"}; shift 2 ;;
	*) fail "看不懂参数“$1”。可以写的只有 --passphrase-file 文件。" ;;
	esac
done

[ "$(id -u)" = 0 ] || fail "要用 root 运行。请写 sudo deploy/install.sh。"
[ -f "$here/deploy/settings.env" ] || fail "找不到 $here/deploy/settings.env。请在完整的程序文件夹里运行 deploy/install.sh。"
# shellcheck disable=SC1091  # Debian's own file
[ "$(. /etc/os-release && echo "${ID:-}${VERSION_ID:-}")" = debian12 ] || say "注意：这台机器不是 Debian 12，没有在上面试过。"

# --- packages ---------------------------------------------------------------------------------------------------------

step=安装软件包
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

prepare_settings

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

prepare_data ${passphrase_file:+--passphrase-file "$passphrase_file"}

# --- content and the site ---------------------------------------------------------------------------------------------

prepare_content
hosts=$(for file in /etc/ssh/ssh_host_ed25519_key.pub; do [ ! -f "$file" ] || echo "127.0.0.1 $(cut -d' ' -f1,2 "$file")"; done)
prepare_push "$hosts"
if echo "PermitUserEnvironment WORKERS_HOME_PUSHER" | put /etc/ssh/sshd_config.d/workers-home.conf 644 root:root; then
	! running || systemctl try-reload-or-restart ssh.service
fi

# --- web server -------------------------------------------------------------------------------------------------------

step=网页服务器
say "网页服务器"
own $acme 755 root:root
own $logs 755 root:adm
own /etc/nginx/workers-home 755 root:root
prepare_certificate
backup=$(mktemp -d)
[ ! -d /etc/nginx/workers-home ] || cp -a /etc/nginx/workers-home "$backup"
[ ! -f /etc/nginx/conf.d/workers-home.conf ] || cp -a /etc/nginx/conf.d/workers-home.conf "$backup"
put_nginx
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

prepare_backups
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
