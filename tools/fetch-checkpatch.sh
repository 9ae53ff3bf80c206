#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Takes checkpatch.pl and what it reads out of Debian's linux-source, into the
# cache, and prints its path.
#
#	fetch-checkpatch.sh
set -euo pipefail

tools=$(dirname "$(readlink -f "$0")")
# shellcheck source=tools/common.sh
. "$tools/common.sh"

# fetch NEW
fetch() {
	settle "linux-source-$name"
	unpack "$1/source" "linux-source-$name"
	tar -C "$1" --strip-components=2 --wildcards -xJf \
		"$1/source/usr/src/linux-source-$name.tar.xz" \
		'*/scripts/checkpatch.pl' '*/scripts/spelling.txt' \
		'*/scripts/const_structs.checkpatch'
	rm -r "$1/source"
}

[ $# -eq 0 ] || usage
pin source 6.12
provide checkpatch "$pinned" fetch
printf '%s\n' "$cache/checkpatch/checkpatch.pl"
