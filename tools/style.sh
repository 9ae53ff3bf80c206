#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Checks the style of the C sources: clang-format; the kernel's checkpatch, whole
# over what goes into the kernel and the part of it that is about layout over the
# rest; and the project's own limits for files and functions, and for README. Prints what
# is wrong.
#
#	style.sh
set -euo pipefail

tools=$(dirname "$(readlink -f "$0")")
# Names the checkpatch of tools/kernels.list.
checkpatch=$("$tools/fetch-checkpatch.sh")
cd "$tools/.."
# Lines of a file (but not of a public header, which is the reference of what it
# declares) and of a function. Half of the module's functions may have no more than the
# median, nine in ten no more than the 90th percentile.
file_limit=450
function_limit=80
readme_limit=199
kmod_median=10
kmod_p90=25

# Some rules of checkpatch are for the kernel only. These are for programs as well.
layout=(TRAILING_WHITESPACE CODE_INDENT LEADING_SPACE SPACE_BEFORE_TAB TABSTOP
	SUSPECT_CODE_INDENT DEEP_INDENTATION LONG_LINE LONG_LINE_STRING LONG_LINE_COMMENT
	OPEN_BRACE BRACES ELSE_AFTER_BRACE WHILE_AFTER_BRACE SWITCH_CASE_INDENT_LEVEL
	TRAILING_STATEMENTS POINTER_LOCATION FUNCTION_WITHOUT_ARGS SPDX_LICENSE_TAG
	ASSIGN_IN_IF RETURN_PARENTHESES INITIALISED_STATIC GLOBAL_INITIALISERS
	MULTIPLE_ASSIGNMENTS TYPO_SPELLING NEW_TYPEDEFS)

# Files that checkpatch has passed, in any tree, a line each: checksums of the file and of how
# it was checked. checkpatch takes most of the time, and few files change between two runs.
passed=${checkpatch%/*}/passed
touch "$passed"

# checked OPTION... -- FILE...: checkpatch over the files that it has not passed yet.
checked() {
	local -a options=() files
	local how sums

	while [ "$1" != -- ]; do
		options+=("$1")
		shift
	done
	shift
	how=$(cat "$checkpatch" <(printf '%s\n' "${options[@]}") | sha256sum | cut -c 1-64)
	sums=$(sha256sum "$@" | sed "s/^/$how /" | grep -vxFf "$passed") || return 0
	mapfile -t files < <(cut -d ' ' -f 4- <<<"$sums")
	printf '%s\0' "${files[@]}" | xargs -0 -P "$(nproc)" -n 40 perl "$checkpatch" --no-tree \
		--terse --no-summary --show-types --quiet --max-line-length=100 \
		"${options[@]}" --file || return 1
	printf '%s\n' "$sums" >>"$passed"
}

# functions FILE...: the lines of each function, and where it is. A function is from a
# "{" to a "}" at the start of a line.
functions() {
	awk 'FNR == 1 { start = 0 }
	/^{/ { start = FNR }
	/^}/ && start { print FNR - start - 1, FILENAME ":" start; start = 0 }' "$@"
}

# limits FILE...: what is longer than it may be.
limits() {
	local code=0 lines name

	while read -r lines name; do
		if ((lines > file_limit)); then
			echo "$name: $lines lines, over the limit of $file_limit"
			code=1
		fi
	done < <(wc -l "$@" | sed '$d')
	while read -r lines name; do
		if ((lines > function_limit)); then
			echo "$name: function of $lines lines, over the limit of $function_limit"
			code=1
		fi
	done < <(functions "$@")
	return "$code"
}

# percentiles NAME MEDIAN P90 FILE...: prints what the functions have, and fails when
# that is over the two limits.
percentiles() {
	functions "${@:4}" | sort -n | awk -v name="$1" -v median="$2" -v p90="$3" '
	{ lines[NR] = $1 }
	END {
		half = lines[int((NR + 1) / 2)]
		most = lines[int((NR * 9 + 9) / 10)]
		printf "%s: %d functions of %d lines in the median (limit %d), ", \
			name, NR, half, median
		printf "%d in the 90th percentile (limit %d), %d at most\n", \
			most, p90, lines[NR]
		exit NR == 0 || half > median || most > p90
	}'
}

mapfile -t kernel < <(find kmod include/uapi -name '*.[ch]' | sort)
mapfile -t headers < <(find include -name '*.h' ! -path 'include/uapi/*' | sort)
mapfile -t programs < <(find libshim ctl clients examples bench packaging \
	-name '*.[ch]' 2>/dev/null | sort)
mapfile -t tests < <(find tests -name '*.[ch]' | sort)
mapfile -t cpp < <(find include examples -name '*.[ch]pp' ! -path 'examples/demo/*' | sort)
code=0
clang-format --dry-run -Werror "${kernel[@]}" "${headers[@]}" "${programs[@]}" "${tests[@]}" \
	"${cpp[@]}" || code=1
# compat.h is where the version belongs, and the comparison is what it is.
checked --ignore=LINUX_VERSION_CODE,CONSTANT_COMPARISON -- "${kernel[@]}" || code=1
checked "--types=$(IFS=,; echo "${layout[*]}")" -- "${headers[@]}" "${programs[@]}" \
	"${tests[@]}" || code=1
mapfile -t private < <(find kmod libshim ctl clients examples bench packaging tests -name '*.[ch]' | sort)
limits "${private[@]}" || code=1
mapfile -t module < <(find kmod -name '*.c' | sort)
percentiles kmod "$kmod_median" "$kmod_p90" "${module[@]}" || code=1
if (($(wc -l <README.md) > readme_limit)); then
	echo "README.md: $(wc -l <README.md) lines, over the limit of $readme_limit"
	code=1
fi
exit "$code"
