#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Checks the style of the C sources: clang-format; the kernel's checkpatch, whole
# over what goes into the kernel and the part of it that is about layout over the
# rest; and the project's own limits for files and functions. Prints what is wrong.
#
#	style.sh
set -euo pipefail

tools=$(dirname "$(readlink -f "$0")")
# Names the checkpatch of tools/kernels.list.
checkpatch=$("$tools/fetch-checkpatch.sh")
cd "$tools/.."
file_limit=600
# Tests have tables of cases, and a public header is its own manual.
test_file_limit=700
header_limit=1000
function_limit=80

# Of programs checkpatch wants things that are right in the kernel only; these are
# right everywhere.
layout=(TRAILING_WHITESPACE CODE_INDENT LEADING_SPACE SPACE_BEFORE_TAB TABSTOP
	SUSPECT_CODE_INDENT DEEP_INDENTATION LONG_LINE LONG_LINE_STRING LONG_LINE_COMMENT
	OPEN_BRACE BRACES ELSE_AFTER_BRACE WHILE_AFTER_BRACE SWITCH_CASE_INDENT_LEVEL
	TRAILING_STATEMENTS POINTER_LOCATION FUNCTION_WITHOUT_ARGS SPDX_LICENSE_TAG
	ASSIGN_IN_IF RETURN_PARENTHESES INITIALISED_STATIC GLOBAL_INITIALISERS
	MULTIPLE_ASSIGNMENTS TYPO_SPELLING NEW_TYPEDEFS)

check() {
	perl "$checkpatch" --no-tree --terse --no-summary --show-types --quiet \
		--max-line-length=100 "$@"
}

# limits LINES FILE...: a function is from a "{" to a "}" at the start of a line.
limits() {
	local lines=$1

	shift
	awk -v files="$lines" -v functions="$function_limit" '
	function file_end() {
		if (lines > files) {
			printf "%s: %d lines, over the limit of %d\n", name, lines, files
			wrong = 1
		}
	}
	FNR == 1 { file_end(); name = FILENAME; start = 0 }
	{ lines = FNR }
	/^{/ { start = FNR }
	/^}/ && start {
		if (FNR - start - 1 > functions) {
			printf "%s:%d: function of %d lines, over the limit of %d\n",
				name, start, FNR - start - 1, functions
			wrong = 1
		}
		start = 0
	}
	END { file_end(); exit wrong }' "$@"
}

mapfile -t kernel < <(find kmod include/uapi -name '*.[ch]' | sort)
mapfile -t headers < <(find include -name '*.h' ! -path 'include/uapi/*' | sort)
mapfile -t programs < <(find libshim ctl examples bench packaging \
	-name '*.[ch]' 2>/dev/null | sort)
mapfile -t tests < <(find tests -name '*.[ch]' | sort)
code=0
clang-format --dry-run -Werror "${kernel[@]}" "${headers[@]}" "${programs[@]}" "${tests[@]}" ||
	code=1
# compat.h is where the version belongs, and the comparison is what it is.
check --ignore=LINUX_VERSION_CODE,CONSTANT_COMPARISON --file "${kernel[@]}" || code=1
check "--types=$(IFS=,; echo "${layout[*]}")" --file "${headers[@]}" "${programs[@]}" \
	"${tests[@]}" || code=1
limits "$file_limit" "${kernel[@]}" "${programs[@]}" || code=1
limits "$header_limit" "${headers[@]}" || code=1
limits "$test_file_limit" "${tests[@]}" || code=1
exit "$code"
