#!/bin/sh
# Fetch the Nu HTML checker for `make test-long`, where Java and npm are; without them its test says why it is skipped.
set -eu
version=26.9.27
folder=${1:-.venv/vnu}
[ -f "$folder/vnu.jar" ] && exit 0
if ! command -v java >/dev/null 2>&1 || ! command -v npm >/dev/null 2>&1; then
	echo "No Java or no npm: the Nu HTML checker is left out." >&2
	exit 0
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
npm pack --silent --pack-destination "$work" "vnu-jar@$version" >/dev/null
tar -xzf "$work/vnu-jar-$version.tgz" -C "$work"
mkdir -p "$folder"
mv "$(find "$work" -name vnu.jar)" "$folder/vnu.jar"
