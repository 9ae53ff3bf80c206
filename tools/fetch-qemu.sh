#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Fetches the QEMU of tools/kernels.list, unpacks it in the cache and prints the
# path of its program; nothing is installed.
#
#	fetch-qemu.sh
#
# Debian 12's own QEMU, 7.2, will not do: under emulation the flags register of a
# guest gets lost now and then, and one boot of 6.12 in twelve died of it.
set -euo pipefail

tools=$(dirname "$(readlink -f "$0")")
# shellcheck source=tools/common.sh
. "$tools/common.sh"

# fetch NEW: QEMU and its firmware, which has versions of its own.
fetch() {
	pin program qemu
	settle "$name"
	unpack "$1" "$name" qemu-system-common qemu-system-data
	if [ -n "$firmware" ]; then
		pin program firmware
		settle "$name"
		unpack "$1" "$name"
	fi
	rm -r "$1/usr/share/doc" "$1/usr/share/man"
}

[ $# -eq 0 ] || usage
firmware=$(listed program firmware)
pin program qemu
provide "qemus/$arch" "$pinned"$'\n'"$firmware" fetch
printf '%s\n' "$cache/qemus/$arch/usr/bin/$qemu_program"
