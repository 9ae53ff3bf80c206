#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Fetches the packaged kernels of tools/kernels.list and unpacks them in the
# cache, ready to boot and to build modules against; nothing is installed.
#
#	fetch-kernel.sh SERIES...
#	fetch-kernel.sh --path vmlinuz|build|root SERIES	prints the path too
#
# $cache/kernels/SERIES then has vmlinuz, build (for make -C), root (all that the
# packages hold) and key (what was asked for). The series "debug" is built, by
# build-debug-kernel.sh, and has the first two.
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
	package="linux-headers-$name-$flavour"
}

# parts PACKAGE: the packages of the same version that it depends on and that
# hold a part of what is needed. How a kernel is cut into packages differs.
parts() {
	private_apt "$suite" apt-cache show "$1=$version" | grep -m 1 '^Depends:' |
		grep -oE 'linux-(binary|modules|base|kbuild)-[0-9][^ ,]+' || true
}

# relocate TREE FINAL: the headers name their own place in /usr; let them name
# where they will be.
relocate() {
	local tree=$1 final=$2 image
	local build="$tree/root/usr/src/linux-headers-$name-$flavour"

	sed -i "s|/usr/src/|$final/root/usr/src/|" "$build/Makefile"
	! grep -q ' /usr/' "$build/Makefile" || die "$build/Makefile still names /usr"
	[ -e "$build/scripts/Makefile.build" ] || die "no kbuild in the packages of $version"
	find "$tree/root" -path '*/modules/*' -lname '/usr/src/*' -delete
	image=$(find "$tree/root" \( -name "vmlinuz-$name-$flavour" -o -name vmlinuz \) \
		-printf '%P\n' -quit)
	[ -n "$image" ] || die "no kernel image in the packages of $version"
	ln -s "root/usr/src/linux-headers-$name-$flavour" "$tree/build"
	ln -s "root/$image" "$tree/vmlinuz"
}

# fetch NEW FINAL: the kernel that is pinned.
fetch() {
	local image headers
	local -a packages

	settle "linux-headers-$name-$flavour" newest_kernel
	image="linux-image-$name-$flavour"
	headers="linux-headers-$name-$flavour"
	mapfile -t packages < <(parts "$image"; parts "$headers")
	mkdir "$1/root"
	unpack "$1/root" "$image" "$headers" "linux-headers-$name-common" "${packages[@]}"
	rm -r "$1/root/usr/share"
	relocate "$1" "$2"
}

path=
if [ "${1:-}" = --path ]; then
	[ $# -eq 3 ] || usage
	path=$2
	shift 2
fi
[ $# -ge 1 ] || usage
for series; do
	if [ "$series" = debug ]; then
		"$tools/build-debug-kernel.sh"
	else
		pin kernel "$series"
		provide "kernels/$series" "$pinned" fetch
	fi
	[ -z "$path" ] || printf '%s\n' "$cache/kernels/$series/$path"
done
