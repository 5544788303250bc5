#!/bin/sh
# nginx with the same configuration as on a machine of its own: writes it as the settings say, then serves.
set -eu
here=/opt/workers-home
. "$here/deploy/setup.sh"
step=网页服务器
read_settings
put_nginx
rm -f "$tally"
exec "$here/deploy/container/follow.sh" nginx -e stderr -g "daemon off;"
