#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Makes the chroot of tools/kernels.list in which modules for a kernel are built
# that needs a newer compiler than this machine has, and prints its path. Half a
# minute; nothing is installed, apt's own sources stay as they are.
#
#	build-chroot.sh SUITE
#	build-chroot.sh --run SUITE COMMAND...	runs it there, in this folder
#
# The command sees this folder and the cache where they are, and no network.
set -euo pipefail

tools=$(dirname "$(readlink -f "$0")")
# shellcheck source=tools/common.sh
. "$tools/common.sh"

# make_chroot NEW: a compiler, what .ci/run puts before it, what kbuild calls, and no more.
make_chroot() {
	local keyring=/usr/share/keyrings/debian-archive-keyring.gpg
	local log="$1/mmdebstrap.log"

	[ -r "$keyring" ] || die "no $keyring: install debian-archive-keyring"
	say "making a chroot of $suite with $name"
	# shellcheck disable=SC2016 # mmdebstrap expands it
	mmdebstrap --quiet --variant=apt --include="$included" --keyring="$keyring" \
		--aptopt='Acquire::Languages "none"' --aptopt='Acquire::Retries "3"' \
		--dpkgopt='path-exclude=/usr/share/doc/*' \
		--dpkgopt='path-exclude=/usr/share/man/*' \
		--dpkgopt='path-exclude=/usr/share/locale/*' \
		--customize-hook='rm -rf "$1"/var/lib/apt/lists/* "$1"/var/cache/apt/*' \
		"$suite" "$1/root" "deb [arch=$build_arch] $(mirror) $suite main" >"$log" 2>&1 || {
		cat "$log" >&2
		die "mmdebstrap failed; its output is above"
	}
}

run=
if [ "${1:-}" = --run ]; then
	run=yes
	shift
	[ $# -ge 2 ] || usage
else
	[ $# -eq 1 ] || usage
fi
pin chroot "$1"
included="$name,ccache,libc6-dev,make,perl,libelf1t64"
folder="chroots/$suite"
if [ -n "$cross" ]; then
	# Debian's names of packages have no underscores.
	included+=",$name-$(tr _ - <<<"${cross%-}")"
	folder+="-$arch"
fi
provide "$folder" "$pinned $included" make_chroot
root="$cache/$folder/root"
if [ -n "$run" ]; then
	enter "$root" "${@:2}"
else
	printf '%s\n' "$root"
fi
