#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Runs a command as root, under which programs of another architecture (ARCH) run too:
# QEMU's emulator of single programs is registered in a user name space that the command
# has for itself. This machine's own table of formats stays as it is.
#
#	emulated.sh COMMAND...
#
# Where such programs run anyway, the command just runs. Otherwise Linux 6.7 or later is
# needed: older kernels have one table for all.
set -euo pipefail

tools=$(dirname "$(readlink -f "$0")")
# shellcheck source=tools/common.sh
. "$tools/common.sh"

table=/proc/sys/fs/binfmt_misc
emulator=qemu-${compiler_prefix%%-*}
rule=/usr/lib/binfmt.d/$emulator.conf

# register: in the new name space, once its users are those of this machine, and runs the
# command.
register() {
	# shellcheck disable=SC2016 # expanded by the inner shell
	unshare --user --mount --propagation private sh -euc '
		work=$1 table=$2 rule=$3
		shift 3
		echo $$ >"$work/there"
		read -r _ <"$work/go"
		mount -t binfmt_misc binfmt_misc "$table" || {
			echo "no table of formats: Linux 6.7, or the package binfmt-support" >&2
			exit 1
		}
		cat "$rule" >"$table/register"
		exec "$@"
	' sh "$work" "$table" "$rule" "$@"
}

[ $# -ge 1 ] || usage
if [ -z "$cross" ] || grep -qs '^enabled' "$table/$emulator"; then
	exec "$@"
fi
[ "$(id -u)" -eq 0 ] || die "needs root: the users of a chroot are many"
[ -r "$rule" ] || die "no $rule: run tools/setup.sh emulate"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkfifo "$work/there" "$work/go"
register "$@" &
job=$!
# The maps are written from outside: unshare writes one user, and newuidmap only what
# /etc/subuid allows.
read -r -t 60 inside <>"$work/there" || die "no name space"
echo '0 0 65536' >"/proc/$inside/uid_map"
echo '0 0 65536' >"/proc/$inside/gid_map"
echo >"$work/go"
wait "$job"
