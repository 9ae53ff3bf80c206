#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Fetches the packages of packages.list, unpacks them in the cache, and links
# them into a folder; nothing is installed.
#
#	fetch.sh FOLDER
set -euo pipefail

here=$(dirname "$(readlink -f "$0")")
# shellcheck source=tools/common.sh
. "$here/../../tools/common.sh"

# shellcheck disable=SC2034 # for settle
pins=packages.list

# fetch: the package of the suite in the version, which a line of the list sets.
fetch() {
	local pinned=$version
	local final="$cache/packages/$package" new="$cache/packages/.$package.new"

	if [ ! -e "$final/pinned" ] || [ "$(cat "$final/pinned")" != "$pinned" ]; then
		settle "$package"
		rm -rf "$new"
		unpack "$new/root" "$package"
		# What was asked for and not what came, so that a correction of the list
		# fetches again.
		printf '%s\n' "$pinned" >"$new/pinned"
		rm -rf "$final"
		mv -T "$new" "$final"
	fi
	ln -sfn "$final/root" "$folder/$package"
}

[ $# -eq 1 ] || usage
folder=$1
mkdir -p "$folder" "$cache/packages"
exec {lock}>"$cache/packages/.lock"
flock "$lock"
# shellcheck disable=SC2034 # suite is for settle and unpack
while read -r package suite version _; do
	[ -z "$package" ] || [ "${package:0:1}" = "#" ] || fetch
done <"$here/packages.list"
exec {lock}>&-
