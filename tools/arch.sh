#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Prints the path of the file of tools/arch for the architecture to build for and to
# emulate: ARCH, by default this machine's. The Makefile, the scripts of tools and
# packaging and the programs in Python read that file.
#
#	arch.sh
#	arch.sh --out	prints where its output goes instead, from the top folder
#
# This machine's is in build/, another architecture's in build/ARCH/.
set -eu

tools=$(dirname "$(readlink -f "$0")")

# our_name NAME: what tools/arch calls it. uname, Debian and others have other names.
our_name() {
	case $1 in
	aarch64) echo arm64 ;;
	amd64 | x86-64) echo x86_64 ;;
	*) echo "$1" ;;
	esac
}

native=$(our_name "$(uname -m)")
wanted=$(our_name "${ARCH:-$native}")
if [ ! -e "$tools/arch/$wanted" ]; then
	printf 'arch.sh: no architecture %s in tools/arch, which has %s\n' "$wanted" \
		"$(cd "$tools/arch" && echo *)" >&2
	exit 1
fi
if [ "${1:-}" != --out ]; then
	printf '%s\n' "$tools/arch/$wanted"
elif [ "$wanted" = "$native" ]; then
	echo build
else
	printf '%s\n' "build/$wanted"
fi
