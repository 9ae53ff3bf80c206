#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Lists the kernels of tools/kernels.list for the architecture (ARCH): a line
# "ARCHITECTURE KERNEL VERSION" each.
#
#	list-kernels.sh
#	list-kernels.sh --packaged	only the names of those that Debian builds
set -euo pipefail

tools=$(dirname "$(readlink -f "$0")")
# shellcheck source=tools/common.sh
. "$tools/common.sh"

if [ "${1:-}" = --packaged ]; then
	[ $# -eq 1 ] || usage
	kernels
	exit
fi
[ $# -eq 0 ] || usage
while read -r kernel; do
	pin kernel "$kernel"
	printf '%s %s %s\n' "$arch" "$kernel" "$version"
done < <(kernels)
while read -r kernel; do
	read -r source compiler _ < <(listed build "$kernel")
	pin source "$source"
	printf '%s %s %s, %s\n' "$arch" "$kernel" "$version" "$compiler"
done < <(listed build)
