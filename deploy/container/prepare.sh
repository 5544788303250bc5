#!/bin/sh
# Makes what the services of compose.yml need, in the folders of the machine that are mounted here: settings, data and keys, the
# repository with the sample content, the first release. May be run again at any time, and is run again after each new image.
set -eu
umask 022
here=/opt/workers-home
. "$here/deploy/setup.sh"
trap 'status=$?; [ $status = 0 ] || echo "停在“$step”，原因在上面几行。改好以后再运行一次就行。" >&2' EXIT

prepare_settings
own $etc/empty 0 root:root
prepare_data "$@"
own $home 755 git:git
own $home/.ssh 700 git:git
if [ ! -f $home/.ssh/host_key ]; then
	as git ssh-keygen -q -t ed25519 -N "" -C workers-home -f $home/.ssh/host_key
	did "做好内容仓库的主机密钥"
fi
prepare_content
prepare_push "[repository]:2222 $(cut -d' ' -f1,2 $home/.ssh/host_key.pub)"
own $acme 755 root:root
own $logs 755 root:root
prepare_certificate
prepare_backups
as forms-review forms-api migrate --check >/dev/null 2>&1 || as forms-review forms-api migrate ||
	fail "数据库没有升级，原因在上面；数据还是原来的样子。请先运行 docker compose stop intake review，再运行一次。"

changes=$(wc -l <"$tally")
rm -f "$tally"
[ "$changes" != 0 ] || { say "都已经备好，什么也没有改动。"; exit 0; }
cat <<-END
	备好了，一共做了 $changes 处改动。接下来：
	  1. 在 $etc/settings.env 里写好域名、证书和内网地址；证书放在 $etc/tls/。
	  2. 启动：docker compose up -d
	  3. 第一个管理员账号：docker compose exec review forms-api staff add 账号 --name 姓名 --union county --duty admin
	  4. 受理台的公钥登记到内容仓库的 content/editors.yml（service: true，见 docs/publishing.md 三）：
	     $(cat $etc/secrets/content-key.pub)
	  5. 备份密钥抄一份放到别的地方，丢了它备份谁也打不开：$FORMS_BACKUP_KEY_FILE
END
