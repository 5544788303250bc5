#!/bin/sh
# Runs a server and tells it (SIGHUP) of each publication: intake takes the forms, nginx its tables of moved and withdrawn
# addresses. A bundle of forms that cannot be read is not handed on. Other signals go to the server; its end is the end.
#
#     follow.sh COMMAND…
set -eu
home=${WORKERS_HOME:-/srv/workers-home}
seen=$(readlink "$home/current" || true)
"$@" &
server=$!
trap 'kill -TERM $server' TERM INT
for signal in HUP QUIT USR1; do
	# shellcheck disable=SC2064  # this signal
	trap "kill -$signal $server" $signal
done
while kill -0 $server 2>/dev/null; do
	sleep 3 &
	wait $! || true # a signal ends the wait, not the sleep
	release=$(readlink "$home/current" || true)
	[ "$release" != "$seen" ] || continue
	seen=$release
	if [ "$1" = forms-api ] && ! forms-api forms --bundle "$home/current/forms-bundle" >/dev/null; then
		echo "新发布的表单读不出来，网上申请继续用原来的表单。请看上面的原因。" >&2
	else
		kill -HUP $server
	fi
done
wait $server
