#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Builds the Debian packages in a copy of the tree, so that nothing of it is left
# here, and shows what lintian says. The packages come to build/deb/.
#
#	build-deb.sh
#
# With ARCH in the environment they are for that architecture. If it is not this
# machine's they are cross-built, in a chroot of Debian 12 that stays in the cache, as
# this machine's dpkg does not know the architecture, and come to build/ARCH/deb/.
set -euo pipefail

tools=$(dirname "$(readlink -f "$0")")/../tools
# shellcheck source=tools/common.sh
. "$tools/common.sh"
cd "$tools/.."
out=$PWD/$output/deb
log=$out/build.log
profiles=cross,nocheck
compilers=crossbuild-essential-$debian_arch

# make_chroot NEW: with the compilers, and with what the packages need to be built.
make_chroot() {
	local log="$1/mmdebstrap.log"

	say "making a Debian 12 in which packages for $debian_arch are built, two minutes"
	# shellcheck disable=SC2016 # the hooks' $1
	mmdebstrap --quiet --variant=apt --architectures="$build_arch,$debian_arch" \
		--include="$compilers" \
		--aptopt='Acquire::Languages "none"' --aptopt='Acquire::Retries "3"' \
		--dpkgopt='path-exclude=/usr/share/man/*' \
		--dpkgopt='path-exclude=/usr/share/locale/*' \
		--customize-hook='mkdir -p "$1/source/debian"' \
		--customize-hook='cp packaging/debian/control "$1/source/debian/"' \
		--customize-hook="chroot \"\$1\" apt-get build-dep -y -qq --no-install-recommends \
			--host-architecture=$debian_arch --build-profiles=$profiles /source" \
		--customize-hook='rm -rf "$1"/var/lib/apt/lists/* "$1"/var/cache/apt/*' \
		bookworm "$1/root" "$(package_arch=$debian_arch apt_source bookworm)" \
		>"$log" 2>&1 || {
		cat "$log" >&2
		die "mmdebstrap failed; its output is above"
	}
}

# build_packages: in the copy of the tree. They come to the folder above.
build_packages() {
	local -a command=(env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL -u ARCH --chdir=guardslot
		dpkg-buildpackage -us -uc -b "-j$(nproc)")

	cd "$out"
	if [ -z "$cross" ]; then
		"${command[@]}"
	else
		enter "$cache/chroots/deb-$arch/root" "${command[@]}" "-a$debian_arch" "-P$profiles"
	fi
}

[ $# -eq 0 ] || usage
if [ -n "$cross" ]; then
	provide "chroots/deb-$arch" "$compilers $(cat packaging/debian/control)" make_chroot
fi
rm -rf "$out"
mkdir -p "$out/guardslot"
# The tests and the demo go into no package; only what is named is copied, with the examples
# of libshim-dev, and what the Makefile includes.
cp -a CHANGELOG.md Kbuild Makefile README.md ctl docs include kmod libshim packaging \
	"$out/guardslot/"
find . -name '*.mk' ! -path './build/*' -exec cp -a --parents {} "$out/guardslot/" \;
cp -a --parents tools/arch.sh tools/arch "$out/guardslot/"
cp -a packaging/debian "$out/guardslot/debian"
xargs -a packaging/debian/libshim-dev.examples cp -a --parents --target-directory="$out/guardslot"
# The one version is the Makefile's.
version=$(sed -n 's/^VERSION := //p' Makefile)
grep -q "^guardslot ($version)" packaging/debian/changelog ||
	die "packaging/debian/changelog is not of version $version"
grep -q "^MODULE_VERSION(\"$version\");" kmod/main.c ||
	die "kmod/main.c is not of version $version"
if ! (build_packages </dev/null) >"$log" 2>&1; then
	tail -n 60 "$log" >&2
	die "dpkg-buildpackage failed; its output is in $log"
fi
rm -rf "$out/guardslot"
printf '%s\n' "$out"/*.deb
# An error of lintian's ends the run; what else it says is there to be read.
lintian --allow-root --fail-on error --suppress-tags bad-distribution-in-changes-file \
	"$out"/*.changes
