#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Fetches what a machine with Secure Boot starts by, as Debian 12 has it, unpacks it in the
# cache and prints the folder; nothing is installed.
#
#	fetch-firmware.sh
#
# code.fd is the firmware, vars.fd its variables with Microsoft's keys, shim.efi the loader
# that these keys signed; grub.efi is the one that Debian's key in the former signed, and
# mok.efi is MokManager, which it signed too.
set -euo pipefail

tools=$(dirname "$(readlink -f "$0")")
# shellcheck source=tools/common.sh
. "$tools/common.sh"
programs="ovmf shim grub mok"

# fetch NEW
fetch() {
	local package

	for package in $programs; do
		pin program "$package"
		settle "$name"
		unpack "$1/root" "$name"
	done
	mv "$1/root/usr/share/OVMF/OVMF_CODE_4M.secboot.fd" "$1/code.fd"
	mv "$1/root/usr/share/OVMF/OVMF_VARS_4M.ms.fd" "$1/vars.fd"
	mv "$1/root/usr/lib/shim/shimx64.efi.signed" "$1/shim.efi"
	mv "$1/root/usr/lib/grub/x86_64-efi-signed/grubx64.efi.signed" "$1/grub.efi"
	mv "$1/root/usr/lib/shim/mmx64.efi.signed" "$1/mok.efi"
	rm -r "$1/root"
}

[ $# -eq 0 ] || usage
key=
for package in $programs; do
	pin program "$package"
	key+=$pinned$'\n'
done
provide "firmware" "$key" fetch
printf '%s\n' "$cache/firmware"
