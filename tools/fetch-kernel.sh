#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Fetches the packaged kernels of tools/kernels.list and unpacks them in the
# cache, ready to boot and to build modules against; nothing is installed. Those that
# are not packaged it has built.
#
#	fetch-kernel.sh KERNEL...
#	fetch-kernel.sh --path vmlinuz|build|kvm|efi KERNEL	only what this needs; prints its path
#
# vmlinuz is the image, build the folder for make -C. $cache/kernels/ARCH/SERIES/headers
# has the latter for all flavours, as most of it is the same,
# $cache/kernels/ARCH/KERNEL/image the former. kvm is a folder with the modules that a
# virtual machine needs in which there is to be another one, in the order in which they are
# loaded; efi is one with the module that shows the firmware's variables. Nothing is printed
# where tools/arch names none, and of a kernel that is built.
set -euo pipefail

tools=$(dirname "$(readlink -f "$0")")
# shellcheck source=tools/common.sh
. "$tools/common.sh"

# names KIND: the kernels of the series that have such a package.
names() {
	private_apt "$suite" apt-cache pkgnames |
		sed -nE "s/^linux-$1-(${series//./\\.}\\.[^-]*(-[0-9]+)?)-$flavour\$/\\1/p" | sort
}

# newest_kernel: sets name and package to the newest kernel of the series. Images
# are served longer than the headers that belong to them.
newest_kernel() {
	name=$(comm -12 <(names image) <(names headers) | sort -V | tail -n 1)
	[ -n "$name" ] || die "$suite has no kernel of series $series"
	package="linux-headers-$name-$flavour:$debian_arch"
}

# parts PACKAGE: the packages of the same version that it depends on and that hold a
# part of what is needed. How a kernel is cut into packages differs. Kbuild's programs
# are this machine's, and common headers every machine's.
parts() {
	private_apt "$suite" apt-cache show "$1=$version" | grep -m 1 '^Depends:' |
		grep -oE "linux-(kbuild|binary|headers${modules:+|modules})-[0-9][^ ,]+" |
		sed -E "/^linux-(binary|modules)/s/\$/:$debian_arch/" || true
}

# relocate NEW FINAL FLAVOUR: the headers name their own place in /usr; let them name
# where they will be.
relocate() {
	local new=$1 final=$2
	local build="root/usr/src/linux-headers-$name-$3"

	sed -i "s|/usr/src/|$final/root/usr/src/|" "$new/$build/Makefile"
	! grep -q ' /usr/' "$new/$build/Makefile" || die "$build/Makefile still names /usr"
	[ -e "$new/$build/scripts/Makefile.build" ] || die "no kbuild in the packages of $version"
	ln -s "$build" "$new/build-$3"
}

# fetch_headers NEW FINAL: of all flavours of the series, the pinned one being one of
# them. release is what came of it.
fetch_headers() {
	local one
	local -a all packages=()

	settle "linux-headers-$name-$flavour:$debian_arch" newest_kernel
	mapfile -t all < <(flavours "$series" | cut -d ' ' -f 2)
	for one in "${all[@]/#/linux-headers-$name-}"; do
		mapfile -t -O "${#packages[@]}" packages < <(parts "$one:$debian_arch")
		packages+=("$one:$debian_arch")
	done
	mkdir "$1/root"
	unpack "$1/root" "${packages[@]}"
	rm -r "$1/root/usr/share"
	for one in "${all[@]}"; do
		relocate "$1" "$2" "$one"
	done
	printf '%s %s\n' "$version" "$name" >"$1/release"
}

# unpack_image NEW: of the release that the headers are of.
unpack_image() {
	local image="linux-image-$name-$flavour:$debian_arch"
	local -a packages

	has_package "$suite" "$image" "$version" || private_apt_update "$suite"
	mapfile -t packages < <(parts "$image")
	mkdir "$1/root"
	unpack "$1/root" "$image" "${packages[@]}"
}

# fetch_image NEW: nearly nothing of a guest needs the modules, which are most of the
# package.
fetch_image() {
	local file

	unpack_image "$1"
	file=$(find "$1/root" \( -name "vmlinu[xz]-$name-$flavour" -o -name vmlinuz \) -print -quit)
	[ -n "$file" ] || die "no kernel image in the packages of $version"
	mv "$file" "$1/vmlinuz"
	rm -r "$1/root"
}

# fetch_module NEW MODULE: and those that it needs before it, if they are not there.
fetch_module() {
	local file name=${2//_/-} need
	local -a needs

	! grep -qsx "$name" "$1/order" || return 0
	file=$(find "$1/root" \( -name "${name//-/[-_]}.ko" -o -name "${name//-/[-_]}.ko.xz" \) \
		-print -quit)
	[ -n "$file" ] || die "no module $name in the packages of $version"
	if [[ $file == *.xz ]]; then
		xz -dc "$file" >"$1/$name.ko"
	else
		mv "$file" "$1/$name.ko"
	fi
	IFS=, read -ra needs < <(grep -a -m 1 -o -E 'depends=[a-zA-Z0-9_,-]*' "$1/$name.ko" | cut -d = -f 2)
	for need in "${needs[@]}"; do
		fetch_module "$1" "$need"
	done
	echo "$name" >>"$1/order"
}

# fetch_modules NEW: $modules and what they need, as they are loaded by a system that has no
# program to unpack them, and their order.
fetch_modules() {
	local module

	unpack_image "$1"
	for module in $modules; do
		fetch_module "$1" "$module"
	done
	rm -r "$1/root"
}

# packaged KERNEL vmlinuz|build|kvm|efi: sets found to the path.
packaged() {
	local kernels="kernels/$arch"

	pin kernel "$1"
	provide "$kernels/$series/headers" "${pinned% *} $(flavours "$series")" fetch_headers
	found="$cache/$kernels/$series/headers/build-$flavour"
	[ "$2" != build ] || return 0
	read -r version name <"$cache/$kernels/$series/headers/release"
	if [ "$2" != vmlinuz ]; then
		provide "$kernels/$1/$2" "$suite $version $name $flavour $modules and what they need" fetch_modules
		found="$cache/$kernels/$1/$2"
	else
		provide "$kernels/$1/image" "$suite $version $name $flavour" fetch_image
		found="$cache/$kernels/$1/image/vmlinuz"
	fi
}

path=
modules=
if [ "${1:-}" = --path ]; then
	[ $# -eq 3 ] || usage
	path=$2
	shift 2
	case $path in
	vmlinuz | build) ;;
	kvm) modules=$guest_kvm ;;
	efi) modules=$guest_efi ;;
	*) usage ;;
	esac
fi
[ $# -ge 1 ] || usage
for kernel; do
	if [[ $path == @(kvm|efi) ]] &&
		{ [ -z "$modules" ] || [ -n "$(listed build "$kernel")" ]; }; then
		continue
	elif [ -n "$(listed build "$kernel")" ]; then
		"$tools/build-kernel.sh" "$kernel"
		found="$cache/kernels/$arch/$kernel/$path"
	else
		packaged "$kernel" "${path:-vmlinuz}"
	fi
	[ -z "$path" ] || printf '%s\n' "$found"
done
