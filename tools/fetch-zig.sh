#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Brings the Zig toolchain of tools/kernels.list into the cache, and prints the path of
# its program: clang with the headers of several C libraries, and with the symbols of
# each version of glibc to link with.
#
#	fetch-zig.sh
#
# It comes as a package of PyPI, whose checksum pip compares; nothing is installed.
set -euo pipefail

tools=$(dirname "$(readlink -f "$0")")
# shellcheck source=tools/common.sh
. "$tools/common.sh"

# fetch NEW
fetch() {
	say "fetching ziglang $version"
	printf 'ziglang==%s --hash=sha256:%s\n' "$version" "$checksum" >"$1/requirements"
	python3 -m pip download --quiet --disable-pip-version-check --no-deps \
		--only-binary :all: --require-hashes -r "$1/requirements" -d "$1" >&2 ||
		die "pip cannot download ziglang $version"
	python3 -m zipfile -e "$1"/*.whl "$1"
	chmod +x "$1/ziglang/zig"
	rm "$1"/*.whl
}

[ $# -eq 0 ] || usage
read -r version checksum < <(listed wheel ziglang) ||
	die "tools/kernels.list has no wheel ziglang for $arch"
provide zig "$version $checksum" fetch
printf '%s\n' "$cache/zig/ziglang/zig"
