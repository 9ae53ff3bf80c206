#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Compiles each public header alone, as C11 and as C++11, C++17 and C++20 with all
# warnings; and looks whether the version in them is the one that is given.
#
#	headers.sh FOLDER VERSION COMPILER...
#
# FOLDER is the source tree's include/ or one that they are installed in.
set -eu

folder=$1 version=$2
shift 2
code=0

# compile COMPILER STANDARD HEADER: a program that includes nothing else.
compile() {
	printf '#include <%s>\nint main(void) { return 0; }\n' "$3" |
		"$1" "-std=$2" -x "${2%%[0-9]*}" -Wall -Wextra -Wpedantic -Werror \
			-fsyntax-only -I "$folder" -I "$folder/uapi" -
}

for compiler in "$@"; do
	for standard in c11 c++11 c++17 c++20; do
		for path in "$folder"/libshim.h "$folder"/libshim/*.h; do
			compile "$compiler" "$standard" "${path#"$folder/"}" || code=1
		done
		for header in guardslot.h guardslot_netlink.h; do
			compile "$compiler" "$standard" "$header" || code=1
		done
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
