#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Fetches herd7 and the kernel's memory model, and prints the folder of the cache that
# has them: the program herd7, and linux-kernel.cfg with its files in memory-model.
# Nothing is installed.
#
#	fetch-herd.sh
#
# herd7 is in sid only, and needs sid's C library, so it runs with that one's loader.
set -euo pipefail

tools=$(dirname "$(readlink -f "$0")")
# shellcheck source=tools/common.sh
. "$tools/common.sh"
programs=(herd herd-libc herd-gmp)

# fetch_program NEW FINAL
fetch_program() {
	local program root=$2/root loader

	for program in "${programs[@]}"; do
		pin program "$program"
		settle "$name"
		unpack "$1/root" "$name"
	done
	loader=$(cd "$1/root" && find usr/lib* -name 'ld-linux-*.so.*' -print -quit)
	[ -n "$loader" ] || die "no loader in $name"
	cat >"$1/herd7" <<END
#!/bin/sh
exec '$root/$loader' --library-path "\$(echo '$root'/usr/lib/*-linux-gnu)" \\
	'$root/usr/bin/herd7' -set-libdir '$root/usr/share/herdtools7/herd' "\$@"
END
	chmod +x "$1/herd7"
	rm -rf "$1/root/usr/share/doc"
}

# fetch_model NEW
fetch_model() {
	settle "linux-source-$name"
	unpack "$1/source" "linux-source-$name"
	tar -C "$1" --strip-components=2 --wildcards -xJf \
		"$1/source/usr/src/linux-source-$name.tar.xz" '*/tools/memory-model/*'
	rm -r "$1/source"
	[ -e "$1/memory-model/linux-kernel.cfg" ] || die "no memory model in linux-source-$name"
}

# fetch NEW FINAL
fetch() {
	fetch_program "$@"
	pin source 6.12
	fetch_model "$1"
}

[ $# -eq 0 ] || usage
key=
for program in "${programs[@]}"; do
	pin program "$program"
	key+=$pinned$'\n'
done
pin source 6.12
provide herd "$key$pinned" fetch
printf '%s\n' "$cache/herd"
