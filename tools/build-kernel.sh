#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Builds a kernel of tools/kernels.list from Debian's linux-source into the cache, unless
# it is there already. The debug kernel has KASAN, lockdep, kmemleak, fault injection
# and more.
#
#	build-kernel.sh KERNEL
#	build-kernel.sh --check KERNEL	only tells whether it is there
#
# $cache/kernels/ARCH/KERNEL then has vmlinuz, build (for make -C), config and key (what
# it was built from). The debug kernel takes 7 to 10 minutes on 2 processors.
set -euo pipefail

tools=$(dirname "$(readlink -f "$0")")
# shellcheck source=tools/common.sh
. "$tools/common.sh"

# Grows by one when a change of this script needs the kernels built anew.
recipe=1

# kernel_make ARGUMENT...: the kernel's make. It names architectures otherwise than we do,
# and would take ARCH from the environment. A kernel is built once, and what .ci/run's ccache
# has of other programs has no room for it. Of another make that started this there is no
# jobserver here.
kernel_make() {
	CCACHE_DISABLE=1 MAKEFLAGS='' nice -n 10 make -s "ARCH=$kernel_arch" "${toolchain[@]}" "$@"
}

# asked: what the fragments ask for; the last that names an option decides.
asked() {
	awk -F = '/^CONFIG_/ { value[$1] = $2 }
		END { for (option in value) print option "=" value[option] }' "${fragments[@]}"
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
	done < <(asked)
	((wrong == 0)) || die "${fragments[*]##*/} ask for what this kernel cannot do"
}

# compile: in the current folder. Where there is KCSAN, it watches the module only: that
# has not this KCSAN_SANITIZE, which no other kernel looks at.
compile() {
	kernel_make -j"$(nproc)" KCSAN_SANITIZE=n \
		KBUILD_BUILD_USER=guardslot KBUILD_BUILD_HOST=guardslot \
		"LOCALVERSION=-guardslot-$kernel" \
		vmlinux "${kernel_image##*/}" modules_prepare >build.log 2>&1 || {
		tail -n 30 build.log >&2
		die "the kernel $kernel does not build: $PWD/build.log"
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
	say "building the kernel $kernel: up to 10 minutes on 2 processors"
	cd "$1/build"
	configure
	compile
	cp "$kernel_image" "$1/vmlinuz"
	cp .config "$1/config"
	prune
	cd "$OLDPWD"
	say "the kernel $kernel is built"
}

check=
if [ "${1:-}" = --check ]; then
	check=yes
	shift
fi
[ $# -eq 1 ] || usage
kernel=$1
read -r source compiler parts < <(listed build "$kernel") ||
	die "tools/kernels.list has no kernel $kernel to build for $arch"
fragments=()
for part in $parts; do
	for file in "$tools/../tests/vm/$part.config" "$tools/../tests/vm/$part-$arch.config"; do
		[ ! -e "$file" ] || fragments+=("$file")
	done
done
mapfile -t toolchain < <(toolchain "$compiler")
pin source "$source"
key="$pinned
recipe $recipe
compiler $("$compiler" --version | sed -n 1p)
config $(asked | sort | sha256sum | cut -d ' ' -f 1)"
if [ -n "$check" ]; then
	provided "kernels/$arch/$kernel" "$key"
	exit
fi
provide "kernels/$arch/$kernel" "$key" build
