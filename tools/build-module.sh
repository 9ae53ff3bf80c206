#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Builds the module for one kernel, beside the source tree, warnings being errors.
#
#	build-module.sh SERIES [MAKE-ARGUMENT]...	a kernel of tools/kernels.list
#	build-module.sh FOLDER [MAKE-ARGUMENT]...	a kernel's build folder
#
# The result is build/kmod-SERIES/guardslot.ko, or build/kmod-host/guardslot.ko. A
# series for which tools/kernels.list has a chroot is built in that.
set -euo pipefail

tools=$(dirname "$(readlink -f "$0")")
# shellcheck source=tools/common.sh
. "$tools/common.sh"

# mirror_sources FOLDER: kbuild puts objects beside the sources, so each kernel
# gets sources of its own. What is unchanged keeps its time, what is gone goes.
mirror_sources() {
	local file

	mkdir -p "$1"
	cp -rpu Kbuild kmod include "$1/"
	find "$1/kmod" "$1/include" -name '*.[ch]' ! -name '*.mod.c' -printf '%P\0%p\0' |
		while IFS= read -r -d '' file; do
			IFS= read -r -d '' copy
			[ -e "kmod/$file" ] || [ -e "include/$file" ] || rm "$copy"
		done
}

[ $# -ge 1 ] || usage
arguments=("${@:2}")
if [ -d "$1" ]; then
	series=host
	kdir=$(readlink -f "$1")
else
	series=$1
	kdir=$("$tools/fetch-kernel.sh" --path build "$series")
fi
cd "$tools/.."
out="$PWD/build/kmod-$series"
if [ "$series" = debug ]; then
	# Packaged headers name their compiler; this tree takes what it is given.
	arguments+=(CC=gcc-12)
fi
if [ "$("$tools/arch.sh" --out)" != build ]; then
	arguments+=("CROSS_COMPILE=$compiler_prefix")
fi
build=()
if grep -qE "^chroot +${series//./\\.} " "$tools/kernels.list"; then
	build=("$tools/build-chroot.sh" --run "$series")
fi
mkdir -p build
exec {lock}>"build/.kmod-$series.lock"
flock "$lock"
mirror_sources "$out"
# Type information would need pahole, and is of no use to the tests.
"${build[@]}" make --no-print-directory -C "$kdir" "ARCH=$kernel_arch" "M=$out" W=1 KCFLAGS=-Werror \
	CONFIG_DEBUG_INFO_BTF_MODULES= -j"$(nproc)" "${arguments[@]}" modules |
	tee "$out/make.log"
# modpost only warns of some things.
if grep -q '^WARNING:' "$out/make.log"; then
	die "warnings are errors"
fi
"$tools/check-circle" "$out"
