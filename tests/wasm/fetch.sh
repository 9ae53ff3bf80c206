#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Fetches the npm packages of packages.list into the cache and copies their
# WebAssembly binaries into a folder; nothing is installed, no package's code runs.
#
#	fetch.sh FOLDER
set -euo pipefail

here=$(dirname "$(readlink -f "$0")")
cache=${GUARDSLOT_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/guardslot}

# matches FILE SUM
matches() {
	[ -e "$1" ] && [ "$(sha256sum <"$1")" = "$2  -" ]
}

# fetch PACKAGE FILE SUM TO: puts one file of a package there, whole or not at all.
fetch() {
	local package=$1 file=$2 sum=$3 to=$4 archive

	echo "${0##*/}: fetching $package" >&2
	rm -rf "${work:?}"/*
	archive=$(cd "$work" && npm pack --silent --ignore-scripts "$package" | tail -n 1)
	tar -xzf "$work/$archive" -C "$work" --strip-components=1
	if ! matches "$work/$file" "$sum"; then
		echo "${0##*/}: $package: $file is missing, or not what was pinned" >&2
		return 1
	fi
	mv "$work/$file" "$to"
}

if [ $# -ne 1 ]; then
	sed -nE '/^#\t/s/^#\t/usage: /p; /^set /q' "$0" >&2
	exit 2
fi
mkdir -p "$1" "$cache/npm"
exec {lock}>"$cache/npm/.lock"
flock "$lock"
work=$(mktemp -d "$cache/npm/.new.XXXXXX")
trap 'rm -rf "$work"' EXIT
while read -r name package file sum; do
	case $name in '' | '#'*) continue ;; esac
	matches "$cache/npm/$sum.wasm" "$sum" ||
		fetch "$package" "$file" "$sum" "$cache/npm/$sum.wasm"
	cp "$cache/npm/$sum.wasm" "$1/$name.wasm"
done <"$here/packages.list"
