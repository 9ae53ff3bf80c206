#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Fetches what programs of another architecture are linked with and what its guests
# have, unpacks it in the cache as a system's root, and prints the path; nothing is
# installed. apt finds what the packages depend on.
#
#	fetch-sysroot.sh
set -euo pipefail

tools=$(dirname "$(readlink -f "$0")")
# shellcheck source=tools/common.sh
. "$tools/common.sh"

# The C library with its locale, the libraries of guardslotctl and of tests, and what the tests
# run.
packages=(libc6-dev libc-bin libnl-3-dev libnl-genl-3-dev liburing-dev libsmartcols-dev
	busybox-static tmux wabt)

# fetch NEW
fetch() {
	local debs="$1/debs" status="$1/status" folder deb

	private_apt_update "$suite"
	mkdir -p "$debs/partial"
	: >"$status"
	# As Debian is, whether the packages have their files in /usr or not.
	for folder in bin lib sbin; do
		mkdir -p "$1/usr/$folder"
		ln -s "usr/$folder" "$1/$folder"
	done
	say "fetching ${packages[*]} of $suite for $arch"
	private_apt "$suite" apt-get install -qq --download-only --no-install-recommends \
		-o "APT::Architecture=$debian_arch" -o "APT::Architectures=$debian_arch" \
		-o "Dir::State::status=$status" -o "Dir::Cache::archives=$debs" \
		"${packages[@]}" >&2 || die "cannot download ${packages[*]} from $suite"
	for deb in "$debs"/*.deb; do
		dpkg-deb --fsys-tarfile "$deb" | tar -C "$1" -x --keep-directory-symlink
	done
	rm -r "$debs" "$status" "$1/usr/share/doc" "$1/usr/share/man"
	# A folder in which the compiler finds nothing but its linker.
	if [ -n "$linker" ]; then
		mkdir "$1/linker"
		ln -s "/usr/bin/$linker" "$1/linker/ld"
	fi
}

[ $# -eq 0 ] || usage
pin sysroot base
package_arch=$debian_arch
provide "sysroots/$arch" "$pinned ${packages[*]}${linker:+ $linker}" fetch
printf '%s\n' "$cache/sysroots/$arch"
