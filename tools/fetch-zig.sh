#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Brings the Zig toolchain of tools/kernels.list into the cache, and prints the path of
# its program: clang with the headers of several C libraries, and with the symbols of
# each version of glibc to link with.
#
#	fetch-zig.sh
#
# It comes as a package of PyPI; nothing is installed.
set -euo pipefail

folder=$("$(dirname "$(readlink -f "$0")")/fetch-wheel.sh" ziglang)
# Unpacking does not keep what is a program.
chmod +x "$folder/ziglang/zig"
printf '%s\n' "$folder/ziglang/zig"
