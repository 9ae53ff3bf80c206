#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Brings the source of a crate that tools/kernels.list pins into the cache, and prints its
# folder. Nothing is compiled.
#
#	fetch-crate.sh CRATE
set -euo pipefail

tools=$(dirname "$(readlink -f "$0")")
# shellcheck source=tools/common.sh
. "$tools/common.sh"

# fetch NEW: cargo compares the files with the checksum of the registry, which has to be
# the pinned one.
fetch() {
	local work=$1/work

	say "fetching $crate $version"
	mkdir "$work"
	: >"$work/lib.rs"
	cat >"$work/Cargo.toml" <<END
[package]
name = "fetch"
version = "0.0.0"
[lib]
path = "lib.rs"
[dependencies]
$crate = { version = "=$version", default-features = false }
END
	(cd "$work" && cargo vendor --quiet vendor >/dev/null) ||
		die "cargo cannot download $crate $version"
	grep -qxF "checksum = \"$checksum\"" "$work/Cargo.lock" ||
		die "$crate $version is not what was pinned"
	mv "$work/vendor/$crate" "$1/crate"
	rm -r "$work"
}

[ $# -eq 1 ] || usage
crate=$1
read -r version checksum < <(listed crate "$crate") ||
	die "tools/kernels.list has no crate $crate for $arch"
provide "crates/$crate" "$version $checksum" fetch
printf '%s\n' "$cache/crates/$crate/crate"
