# shellcheck shell=bash
# SPDX-License-Identifier: MIT
#
# For the scripts of this folder: step() runs "make TARGET...". At the script's end a
# table says where the time went, in seconds and in seconds of the processors, which
# other work on the machine changes less. The last line is "N passed, N failed", the sum
# of all closing lines of this form; a step without one counts as one. A step that fails
# does not keep the next ones from running, but the script ends with its code.

steps_log=$(mktemp)
steps_table=$(mktemp)
steps_file=$(mktemp)
steps_code=0
# An hour is planned, of the 90 minutes that there are.
steps_most=3600

# processor_seconds: of all that has run so far.
processor_seconds() {
	local -a stat

	read -ra stat <"/proc/$$/stat"
	echo $(((stat[15] + stat[16]) / $(getconf CLK_TCK)))
}

# step TARGET...
step() {
	local code=0 began=$SECONDS used counts passed failed

	used=$(processor_seconds)
	printf '\n# ==== make %s\n' "$*"
	make "$@" </dev/null | tee "$steps_log" || code=$?
	counts=$(sed -nE 's/^([0-9]+) passed, ([0-9]+) failed.*/\1 \2/p' "$steps_log" | tail -n 1)
	read -r passed failed <<<"${counts:-1 0}"
	# Also what fails before or after its tests.
	if [ "$code" -ne 0 ] && [ "$failed" -eq 0 ]; then
		failed=1
		[ -n "$counts" ] || passed=0
	fi
	printf '%d\t%d\t%d\t%d\t%s\n' "$((SECONDS - began))" \
		"$(($(processor_seconds) - used))" "$passed" "$failed" "$*" >>"$steps_table"
	[ "$code" -eq 0 ] || steps_code=$code
}

# step_taking SECONDS TARGET...: the same, unless the script would then take longer than
# steps_most: the night makes up for it, and the table says so.
step_taking() {
	if [ "$((SECONDS + $1))" -le "$steps_most" ]; then
		step "${@:2}"
	else
		printf '0\t0\t0\t0\t%s, left to the night\n' "${*:2}" >>"$steps_table"
	fi
}

# compile_once: from here on compilers take from the cache what they made of the same text
# with the same options, those of chroots, too. Not with CCACHE_DEPEND: that takes what a text
# includes from the file of -MMD, which has no header of the system, as those of the C library.
compile_once() {
	CCACHE_DIR=$(
		tools=tools
		. tools/common.sh
		echo "$cache/ccache"
	)
	export CCACHE_DIR PATH=/usr/lib/ccache:$PATH
}

# step_same FILE TARGET...: the same, of a target that writes FILE anew. It fails when that
# changes, and shows how.
step_same() {
	cp "$1" "$steps_file"
	step "${@:2}"
	if ! diff -u "$steps_file" "$1"; then
		printf '0\t0\t0\t1\t%s\n' "$1 is another one now" >>"$steps_table"
		steps_code=1
	fi
}

print_table() {
	printf '\n'
	awk -F '\t' '
	function row(step, seconds, processor, passed, failed) {
		printf "| %s | %s | %s | %s | %s |\n", step, seconds, processor, passed, failed
	}
	BEGIN {
		row("step", "seconds", "processor", "passed", "failed")
		print "|---|---:|---:|---:|---:|"
	}
	{ row($5, $1, $2, $3, $4) }
	{ seconds += $1; processor += $2; passed += $3; failed += $4 }
	END {
		row("in all", seconds, processor, passed, failed)
		printf "\n%d passed, %d failed\n", passed, failed
	}' "$steps_table"
	rm -f "$steps_log" "$steps_table" "$steps_file"
	[ "$steps_code" -eq 0 ] || exit "$steps_code"
}
trap print_table EXIT
