#!/bin/sh
# forms-api as the units run it: what one side writes into the data folder, the other may write, too.
umask 0007
exec /opt/workers-home/bin/forms-api "$@"
