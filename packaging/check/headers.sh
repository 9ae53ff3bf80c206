#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Compiles each public header alone, as C11 to C23 and as C++11 to C++23, with all
# warnings, and the header for C++ alone as C++17 to C++23; and looks whether the version in them is the one that is given.
#
#	headers.sh FOLDER VERSION COMPILER...
#
# FOLDER is the source tree's include/ or one that they are installed in. A COMPILER is
# a command, which may have options; it compiles C++ too.
set -eu

folder=$1 version=$2
shift 2
code=0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# compile COMPILER STANDARD HEADER: a program that includes nothing else.
compile() {
	printf '#include <%s>\nint main(void) { return 0; }\n' "$3" >"$work/program"
	# shellcheck disable=SC2086 # the compiler's options are words
	$1 "-std=$2" -x "${2%%[0-9]*}" -Wall -Wextra -Wpedantic -Werror \
		-I "$folder" -I "$folder/uapi" -c -o "$work/program.o" "$work/program"
}

for compiler in "$@"; do
	# 2x and 2b are 23, by the names that older compilers know.
	for standard in c11 c17 c2x c++11 c++14 c++17 c++20 c++2b; do
		for path in "$folder"/libshim.h "$folder"/libshim/*.h; do
			compile "$compiler" "$standard" "${path#"$folder/"}" || code=1
		done
		for header in guardslot.h guardslot_netlink.h; do
			compile "$compiler" "$standard" "$header" || code=1
		done
	done
	for standard in c++17 c++20 c++2b; do
		compile "$compiler" "$standard" libshim/guardslot.hpp || code=1
	done
done

number() {
	sed -n "s/^#define SHIM_VERSION_$1 //p" "$folder/libshim/version.h"
}

found=$(number MAJOR).$(number MINOR).$(number PATCH)
if [ "$found" != "$version" ]; then
	echo "libshim/version.h says $found, and the version is $version"
	code=1
fi
exit "$code"
