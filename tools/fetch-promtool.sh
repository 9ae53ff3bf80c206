#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Fetches promtool, which checks metrics, from the package prometheus into the cache, and
# prints its path. Nothing is installed: the package would start a server.
#
#	fetch-promtool.sh
set -euo pipefail

tools=$(dirname "$(readlink -f "$0")")
# shellcheck source=tools/common.sh
. "$tools/common.sh"

# fetch NEW
fetch() {
	settle "$name"
	unpack "$1/root" "$name"
	mv "$1/root/usr/bin/promtool" "$1/"
	rm -r "$1/root"
}

[ $# -eq 0 ] || usage
pin program promtool
provide promtool "$pinned" fetch
printf '%s\n' "$cache/promtool/promtool"
