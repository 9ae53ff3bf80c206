#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Builds the module for one kernel, beside the source tree. Warnings are errors, but not for
# a folder that is given: its kernel may be newer than all that are tested.
#
#	build-module.sh KERNEL [MAKE-ARGUMENT]...	a kernel of tools/kernels.list
#	build-module.sh --coverage KERNEL		one that has kcov
#	build-module.sh FOLDER [MAKE-ARGUMENT]...	a kernel's build folder
#
# The result is build/kmod-KERNEL/guardslot.ko, or build/kmod-host/guardslot.ko; under
# build/ARCH for an architecture other than this machine's. A kernel for whose suite
# tools/kernels.list has a chroot is built in that.
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

# arguments_for KERNEL: sets arguments and, if it needs one, the command that builds.
# Packaged headers name their compiler; other trees take what they are given.
arguments_for() {
	local compiler

	if read -r _ compiler _ < <(listed build "$1"); then
		mapfile -t arguments < <(toolchain "$compiler")
		return
	fi
	pin kernel "$1"
	if [ -n "$(listed chroot "${suite%-backports}")" ]; then
		build=("$tools/build-chroot.sh" --run "${suite%-backports}")
	fi
}

coverage=
if [ "${1:-}" = --coverage ]; then
	coverage=-coverage
	shift
	# The marks of the compiler are a symbol more, and lines need debugging information.
	set -- "$@" KCOV_INSTRUMENT=y "KCFLAGS=-Werror -g"
	IMPORTS=later
fi
[ $# -ge 1 ] || usage
arguments=(${cross:+"CROSS_COMPILE=$cross"})
strict=(W=1 KCFLAGS=-Werror)
build=()
if [ -d "$1" ]; then
	kernel=host
	kdir=$(readlink -f "$1")
	strict=()
	[ -e "$kdir/Makefile" ] || die "$1 is no build folder of a kernel: it has no Makefile"
elif [[ $1 == */* ]]; then
	[[ $1 =~ ^/lib/modules/([^/]+)/build/?$ ]] && release=${BASH_REMATCH[1]}
	die "there is no $1: install the headers of that kernel, in Debian the package" \
		"linux-headers-${release:-$(uname -r)}"
else
	kernel=$1
	kdir=$("$tools/fetch-kernel.sh" --path build "$kernel")
	arguments_for "$kernel"
fi
cd "$tools/.."
out="$PWD/$output/kmod-$kernel$coverage"
mkdir -p "$output"
exec {lock}>"$output/.kmod-$kernel$coverage.lock"
flock "$lock"
mirror_sources "$out"
# A make that calls this one does not share its jobs with it, and of theirs it would warn.
MAKEFLAGS=$(sed -E 's/ ?(-j[0-9]*|--jobserver-[a-z]+=[^ ]*)//g' <<<"${MAKEFLAGS:-}")
export MAKEFLAGS
# For .ci/run's ccache: what is not in its cache yet takes a ninth longer to compile by that, and
# half as long again without. Kbuild's -MMD writes down all that a text includes, as the kernel
# takes none of the system's headers (-nostdinc).
export CCACHE_DEPEND=1
# Type information would need pahole, and is of no use to the tests.
"${build[@]}" make --no-print-directory -C "$kdir" "ARCH=$kernel_arch" "M=$out" "${strict[@]}" \
	CONFIG_DEBUG_INFO_BTF_MODULES= -j"$(nproc)" "${arguments[@]}" "${@:2}" modules |
	tee "$out/make.log"
# modpost only warns of some things.
if [ "$kernel" != host ] && grep -q '^WARNING:' "$out/make.log"; then
	die "warnings are errors"
fi
# The tests count TLB flushes in the kernel's own code (tests/lib/tlb.h). On riscv64 the
# instruction is for one processor, and a new entry may need it.
if "${cross}objdump" -d "$out/guardslot.ko" | grep -E '\s(tlbi|invlpg|invpcid)\s'; then
	die "the module flushes TLBs itself"
fi
"$tools/check-circle" "$out"
# One kernel stands for all: what debugging adds to a lock is not laid out.
if [ "$arch/$kernel" = x86_64/6.12 ]; then
	"$tools/check-layout" "$out/guardslot.ko"
fi
# A kernel that somebody else has configured may do the same by other functions.
# IMPORTS=later: the list is about to be written anew.
if [ "$kernel" != host ] && [ "${IMPORTS:-}" != later ]; then
	"$tools/check-imports" "$out" "$arch/$kernel" "$kdir/Module.symvers"
fi
