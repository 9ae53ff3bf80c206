#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Makes the demo's inputs from the unpacked packages.
#
#	extract.sh wasm FILE		the WebAssembly module in a JavaScript file
#	extract.sh dictionary FOLDER	the word list, as a C string
#	extract.sh prose FOLDER		running English text
#	extract.sh commonjs FOLDER	small CommonJS modules, a NUL byte after each
#	extract.sh typescript FOLDER	small TypeScript declarations, likewise
#
# FOLDER has what fetch.sh links. The result goes to standard output; the same
# packages always give the same bytes.
set -euo pipefail
export LC_ALL=C

# shellcheck source=tools/common.sh
. "$(dirname "$(readlink -f "$0")")/../../tools/common.sh"

# The JavaScript file has the module in base64, in which its first bytes are AGFzbQ.
# Some files break it with blanks.
extract_wasm() {
	tr -d ' ' <"$1" | grep -o 'AGFzbQ[A-Za-z0-9+/]*=*' | head -n 1 | pad | base64 -d
}

# Appends the = signs that some encoders leave out.
pad() {
	local text

	read -r text
	while [ $((${#text} % 4)) -ne 0 ]; do
		text+="="
	done
	printf '%s\n' "$text"
}

# The empty string first: the words' offsets then are never 0.
extract_dictionary() {
	printf '"\\0"\n'
	grep -xE '[a-z]{2,31}' "$1/wamerican/usr/share/dict/american-english" | sort -u |
		sed 's/.*/"&\\0"/'
}

extract_prose() {
	find "$1/node-undici/usr/share/doc/node-undici/" -name '*.md' -print0 | sort -z |
		xargs -0 cat
}

# source_files FOLDER PATTERN: neither empty nor over 5.5 KiB.
source_files() {
	find "$1/node-undici/usr/share/nodejs/" -type f -name "$2" -size +1 -size -12 -print0 |
		sort -z |
		while IFS= read -r -d '' file; do
			cat "$file"
			printf '\0'
		done
}

extract_commonjs() {
	source_files "$1" '*.js'
}

extract_typescript() {
	source_files "$1" '*.d.ts'
}

[ $# -eq 2 ] || usage
case $1 in
wasm | dictionary | prose | commonjs | typescript) "extract_$1" "$2" ;;
*) usage ;;
esac
