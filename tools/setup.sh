#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Installs the Debian packages that the project needs and that are missing, and
# says which. Does nothing, fast, when all are there. Never touches apt's sources.
#
#	setup.sh GROUP...
#	setup.sh --list GROUP...	prints the packages instead
#
# Groups: build (module, library, tools, tests; with compilers for ARCH, if that is
# another architecture than this machine's), vm (the test guest), demo (WebAssembly
# programs), module (tests with WebAssembly modules of others), fuzz (sanitizers and
# the fuzzer), lint (make style, make sparse), debug (kernels that are built), clang (the
# one that clang builds), chroot (the newest kernel's compiler), pack (Debian packages),
# emulate (programs of another architecture), toolchains (compilers and C libraries of
# make check-toolchains), spec (the specification's tests), checkers (what ASan, MSan, TSan
# and Valgrind say), bench (plots), trace (bpftrace), man (manual pages, to be read),
# signed (keys, and what asks a firmware for them), ccache (what .ci/run compiles).
set -euo pipefail

tools=$(dirname "$(readlink -f "$0")")
arch_file=$("$tools/arch.sh")
# shellcheck source=tools/arch/x86_64
. "$arch_file"

declare -A groups=(
	# gcc-12 is what Debian's kernels are built with; the keyring and xz are for
	# fetching them; libelf1 is for the kernel's objtool; dwarves has pahole, which
	# tools/check-layout runs; libnl is guardslotctl's, liburing is for tests and an
	# example, YAML is for the tests of the netlink family; wabt makes the tests'
	# WebAssembly modules.
	[build]="make gcc g++ gcc-12 dwarves libc6-dev libelf1 debian-archive-keyring xz-utils pkgconf
		libnl-3-dev libnl-genl-3-dev libsmartcols-dev liburing-dev python3
		python3-jsonschema python3-yaml wabt"
	# What the QEMU that tools/fetch-qemu.sh unpacks is linked with; busybox and tmux
	# go into the guest; and gdb, for a test of core dumps on this machine, unless it is
	# there: see packages_of.
	[vm]="python3 busybox-static libaio1 libbpf1 libcapstone4 libfdt1 libfuse3-3
		libglib2.0-0 libgmp10 libgnutls30 libhogweed6 libibverbs1 libjpeg62-turbo
		libnettle8 libnuma1 libpixman-1-0 libpmem1 libpng16-16 librdmacm1
		libsasl2-2 libseccomp2 libslirp0 libudev1 liburing2 libvdeplug2 libzstd1
		tmux zlib1g"
	[demo]="clang lld llvm wasi-libc libclang-rt-14-dev-wasm32 wabt"
	# And npm, unless it is there in whatever way: see packages_of.
	[module]="python3"
	[fuzz]="clang llvm libclang-rt-14-dev"
	[checkers]="clang valgrind"
	# g++ and clang compile the public headers as C++.
	[lint]="clang g++ shellcheck clang-format sparse perl python3 mandoc groff-base reuse"
	[man]="man-db"
	# Debian packages, and the clean system that they are tried in.
	[pack]="build-essential debhelper dh-dkms dpkg-dev fakeroot lintian mmdebstrap valgrind"
	# Programs of another architecture, one at a time; util-linux for unshare.
	[emulate]="qemu-user-static util-linux"
	# And pip, unless it is there in whatever way: see packages_of.
	[toolchains]="clang g++ musl-tools python3"
	[debug]="flex bison bc perl libelf-dev"
	[clang]="clang-19 lld-19 llvm-19"
	# util-linux for unshare; uidmap is for making the chroot without being root.
	[chroot]="mmdebstrap uidmap util-linux"
	# And pip and cargo, unless they are there in whatever way: see packages_of.
	[spec]="python3"
	# Pillow draws the screens of guardslotctl.
	[bench]="gnuplot-nox fonts-dejavu-core python3-pil"
	[trace]="bpftrace"
	[signed]="mokutil openssl python3"
	[ccache]="ccache"
)

say() {
	printf 'setup: %s\n' "$*" >&2
}

usage() {
	sed -nE '/^#\t/s/^#\t/usage: /p; /^set /q' "$0" >&2
	exit 2
}

# packages_of GROUP: one a line. Who has npm may not have it from Debian, whose
# package then cannot be installed; gdb-minimal would replace gdb; and Debian's pip is not
# that of another python3.
packages_of() {
	local packages triplet=${compiler_prefix%-}

	read -r -a packages -d '' <<<"${groups[$1]}" || true
	if [ "$1" = build ] && [ "$("$tools/arch.sh" --out)" != build ]; then
		# Debian's names of packages have no underscores.
		packages+=("gcc-${triplet//_/-}" "gcc-12-${triplet//_/-}")
		[ -z "$linker" ] || packages+=("${linker#ld.}")
	fi
	if [ "$1" = module ] && { [ -n "$list" ] || ! command -v npm >/dev/null; }; then
		packages+=(npm)
	fi
	if [ "$1" = vm ] && { [ -n "$list" ] || ! command -v gdb >/dev/null; }; then
		packages+=(gdb-minimal)
	fi
	# Debian's cargo is too old for what is in the registry now.
	if [ "$1" = spec ] && { [ -n "$list" ] || ! command -v cargo >/dev/null; }; then
		packages+=(cargo-web)
	fi
	if [[ $1 =~ ^(toolchains|spec)$ ]] &&
		{ [ -n "$list" ] || ! python3 -m pip --version >/dev/null 2>&1; }; then
		packages+=(python3-pip)
	fi
	printf '%s\n' "${packages[@]}"
}

# missing PACKAGE...: those that are not installed. dpkg-query fails when it does
# not know one of them at all, and says so; the others it shows.
missing() {
	comm -13 <(dpkg-query -W -f "\${db:Status-Status} \${Package}\n" "$@" 2>/dev/null |
		awk '$1 == "installed" { print $2 }' | sort -u) \
		<(printf '%s\n' "$@" | sort -u)
}

as_root() {
	if [ "$(id -u)" -eq 0 ]; then
		"$@"
	elif command -v sudo >/dev/null; then
		sudo "$@"
	else
		say "must install packages: run this as root, or install sudo"
		exit 1
	fi
}

# install PACKAGE...: what apt says is shown only when it fails.
install() {
	local log

	say "installing: $*"
	log=$(mktemp)
	# The lists may be old, or not there at all.
	as_root apt-get -q update </dev/null >"$log" 2>&1 ||
		say "apt-get update failed; trying with the lists at hand"
	if ! as_root env DEBIAN_FRONTEND=noninteractive apt-get -q install -y \
		--no-install-recommends "$@" </dev/null >>"$log" 2>&1; then
		cat "$log" >&2
		say "apt-get could not install them; its output is above"
		exit 1
	fi
	rm -f "$log"
}

list=
if [ "${1:-}" = --list ]; then
	list=yes
	shift
fi
[ $# -ge 1 ] || usage
wanted=()
for group; do
	[ -n "${groups[$group]:-}" ] || usage
	mapfile -t packages < <(packages_of "$group")
	wanted+=("${packages[@]}")
done
if [ -n "$list" ]; then
	printf '%s\n' "${wanted[@]}" | sort -u
	exit
fi
if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
	say "this is not Debian; see setup.sh --list $* for what is needed"
	exit 1
fi
mapfile -t absent < <(missing "${wanted[@]}")
if [ "${#absent[@]}" -gt 0 ]; then
	install "${absent[@]}"
fi
