#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Lists the kernels of tools/kernels.list for the architecture (ARCH): a line
# "ARCHITECTURE KERNEL VERSION" each.
#
#	list-kernels.sh
#	list-kernels.sh --packaged	only the names of those that Debian builds
#	list-kernels.sh --groups KERNEL...	the groups of setup.sh that building needs
set -euo pipefail

tools=$(dirname "$(readlink -f "$0")")
# shellcheck source=tools/common.sh
. "$tools/common.sh"

# groups KERNEL: for the kernel, or for the module.
groups() {
	local compiler

	if read -r _ compiler _ < <(listed build "$1"); then
		echo debug
		[[ $compiler != clang-* ]] || echo clang
		return
	fi
	pin kernel "$1"
	[ -z "$(listed chroot "${suite%-backports}")" ] || echo chroot
}

if [ "${1:-}" = --groups ]; then
	for kernel in "${@:2}"; do
		groups "$kernel"
	done | sort -u
	exit
fi
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
