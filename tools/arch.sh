#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Prints the path of the file of tools/arch for the architecture to build for and to
# emulate: ARCH, by default this machine's, as uname -m names it. The Makefile, the
# scripts of tools and packaging and the programs in Python read that file.
#
#	arch.sh
set -eu

tools=$(dirname "$(readlink -f "$0")")
ARCH=${ARCH:-$(uname -m)}
if [ ! -e "$tools/arch/$ARCH" ]; then
	printf 'arch.sh: no architecture %s in tools/arch\n' "$ARCH" >&2
	exit 1
fi
printf '%s\n' "$tools/arch/$ARCH"
