#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The demo as a test, in TAP, for the guest: few rounds, and the proof that its
# comparisons can fail.
#
#	check.sh [BACKEND]...	device and mmap by default
set -u

demo=${DEMO:-demo}
number=0
failed=0

# ok STATUS SENTENCE
ok() {
	number=$((number + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $number - $2"
	else
		echo "not ok $number - $2 # exit code $1"
		failed=1
	fi
}

# quietly COMMAND...: its output as TAP diagnostics.
quietly() {
	{
		"$@" 2>&1
		echo "$?" >&3
	} 3>/tmp/demo.status | sed 's/^/# /'
	return "$(cat /tmp/demo.status)"
}

[ $# -gt 0 ] || set -- device mmap
echo "TAP version 13"
echo "1..$(($# * 2))"
for backend; do
	quietly "$demo" --backend="$backend" --rounds=3
	ok $? "every instance on $backend is like a fresh one"
	quietly "$demo" --backend="$backend" --rounds=2 --no-call-count --no-reset
	[ $? -eq 1 ]
	ok $? "without resets the comparisons on $backend fail"
done
rm -f /tmp/demo.status
exit $failed
