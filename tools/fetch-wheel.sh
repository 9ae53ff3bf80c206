#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Brings a package of PyPI that tools/kernels.list pins into the cache, and prints the
# folder with what is in it, for PYTHONPATH. Nothing is installed.
#
#	fetch-wheel.sh PACKAGE[@WORD]
set -euo pipefail

tools=$(dirname "$(readlink -f "$0")")
# shellcheck source=tools/common.sh
. "$tools/common.sh"

# fetch NEW: pip compares the checksum.
fetch() {
	say "fetching $package $version"
	printf '%s==%s --hash=sha256:%s\n' "${package%@*}" "$version" "$checksum" >"$1/requirements"
	python3 -m pip download --quiet --disable-pip-version-check --no-deps \
		--only-binary :all: --require-hashes -r "$1/requirements" -d "$1" >&2 ||
		die "pip cannot download $package $version"
	python3 -m zipfile -e "$1"/*.whl "$1"
	rm "$1"/*.whl
}

[ $# -eq 1 ] || usage
package=$1
read -r version checksum < <(listed wheel "$package") ||
	die "tools/kernels.list has no wheel $package for $arch"
provide "wheels/$package" "$version $checksum" fetch
printf '%s\n' "$cache/wheels/$package"
