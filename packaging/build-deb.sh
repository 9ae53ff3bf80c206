#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Builds the Debian packages in a copy of the tree, so that nothing of it is left
# here, and shows what lintian says. The packages come to build/deb/.
#
#	build-deb.sh
set -euo pipefail

cd "$(dirname "$(readlink -f "$0")")/.."
out=$PWD/build/deb
log=$out/build.log

say() {
	printf '%s: %s\n' "${0##*/}" "$*" >&2
}

rm -rf "$out"
mkdir -p "$out/guardslot"
# The tests and the demo go into no package; only what is named is copied, and what
# the Makefile includes.
cp -a CHANGELOG.md Kbuild Makefile README.md ctl docs include kmod libshim packaging \
	"$out/guardslot/"
find . -name '*.mk' ! -path './build/*' -exec cp -a --parents {} "$out/guardslot/" \;
cp -a --parents tools/arch.sh tools/arch "$out/guardslot/"
cp -a packaging/debian "$out/guardslot/debian"
# The one version is the Makefile's.
version=$(sed -n 's/^VERSION := //p' Makefile)
grep -q "^guardslot ($version)" packaging/debian/changelog ||
	{ say "packaging/debian/changelog is not of version $version"; exit 1; }
grep -q "^MODULE_VERSION(\"$version\");" kmod/main.c ||
	{ say "kmod/main.c is not of version $version"; exit 1; }
if ! (cd "$out/guardslot" && env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL \
	dpkg-buildpackage -us -uc -b -j2 </dev/null) >"$log" 2>&1; then
	tail -n 60 "$log" >&2
	say "dpkg-buildpackage failed; its output is in $log"
	exit 1
fi
rm -rf "$out/guardslot"
printf '%s\n' "$out"/*.deb
# An error of lintian's ends the run; what else it says is there to be read.
lintian --allow-root --fail-on error --suppress-tags bad-distribution-in-changes-file \
	"$out"/*.changes
