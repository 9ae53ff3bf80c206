#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Builds the debug kernel (KASAN, lockdep, kmemleak, fault injection and more)
# from Debian's linux-source into the cache, unless it is there already.
#
#	build-debug-kernel.sh
#
# $cache/kernels/debug then has vmlinuz, build (for make -C), config and key (what
# it was built from). Takes 7 to 10 minutes on 2 processors.
set -euo pipefail

tools=$(dirname "$(readlink -f "$0")")
# shellcheck source=tools/common.sh
. "$tools/common.sh"

fragments=("$tools"/../tests/vm/{debug,"debug-$arch"}.config)
# Grows by one when a change of this script needs the kernel built anew.
recipe=1
# What the packaged kernels are built with, and so the module.
compiler=gcc-12

# kernel_make ARGUMENT...: the kernel's make. It names architectures otherwise than we do,
# and would take ARCH from the environment.
kernel_make() {
	nice -n 10 make -s "ARCH=$kernel_arch" "CC=$compiler" "HOSTCC=$compiler" "$@"
}

# configure: tinyconfig and the fragments, in the current folder.
configure() {
	local -i wrong=0
	local option value

	kernel_make tinyconfig
	scripts/kconfig/merge_config.sh -m .config "${fragments[@]}" >merge.log
	kernel_make olddefconfig
	while IFS='=' read -r option value; do
		if [ "$value" = n ] && ! grep -q "^$option=" .config; then
			continue
		fi
		if ! grep -qxF "$option=$value" .config; then
			say "$option=$value did not end up in .config"
			wrong+=1
		fi
	done < <(grep -h '^CONFIG_' "${fragments[@]}")
	((wrong == 0)) || die "tests/vm/debug*.config ask for what this kernel cannot do"
}

# compile: in the current folder.
compile() {
	kernel_make -j"$(nproc)" \
		KBUILD_BUILD_USER=guardslot KBUILD_BUILD_HOST=guardslot \
		LOCALVERSION=-guardslot-debug \
		vmlinux "${kernel_image##*/}" modules_prepare >build.log 2>&1 || {
		tail -n 30 build.log >&2
		die "the debug kernel does not build: $PWD/build.log"
	}
	# With no module of the kernel's own there is no "make modules" to make it.
	[ -e Module.symvers ] || cp vmlinux.symvers Module.symvers
}

# prune: what building a module needs stays, in the current folder: 0.2 of 2 GB.
prune() {
	rm -rf Documentation block certs crypto drivers fs init io_uring ipc kernel lib \
		mm net rust samples security sound usr virt .tmp_vmlinux* vmlinux
	find arch -mindepth 1 -maxdepth 1 ! -name "$kernel_arch" ! -name Kconfig -exec rm -r {} +
	find tools -mindepth 1 -maxdepth 1 ! -name objtool ! -name include ! -name lib \
		! -name build ! -name scripts ! -name arch -exec rm -r {} +
	find . -name '*.o' ! -path './scripts/*' -delete
	find . -name '*.a' -delete
}

# build NEW
build() {
	local source="$1/source"

	settle "linux-source-$name"
	unpack "$source" "linux-source-$name"
	mkdir "$1/build"
	tar -C "$1/build" --strip-components=1 -xJf \
		"$source/usr/src/linux-source-$name.tar.xz"
	rm -r "$source"
	say "building the debug kernel: 7 to 10 minutes on 2 processors"
	cd "$1/build"
	configure
	compile
	cp "$kernel_image" "$1/vmlinuz"
	cp .config "$1/config"
	prune
	cd "$OLDPWD"
	say "the debug kernel is built"
}

[ $# -eq 0 ] || usage
pin source 6.12
provide kernels/debug "$pinned
recipe $recipe
compiler $($compiler -dumpfullversion)
config $(cat "${fragments[@]}" | sha256sum | cut -d ' ' -f 1)" build
