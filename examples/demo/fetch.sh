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

# choose: sets version to what will be fetched: what is pinned, or the newest
# when that is no longer served.
choose() {
	local package=$1 suite=$2 wanted=$version

	has_package "$suite" "$package" "$version" && return
	private_apt_update "$suite"
	has_package "$suite" "$package" "$version" && return
	version=$(newest_version "$suite" "$package")
	[ -n "$version" ] || die "$suite has no package $package"
	say "WARNING: $package $wanted is not served any more, taking $version instead;" \
		"correct packages.list"
}

unpack() {
	local package=$1 suite=$2 folder=$3

	mkdir -p "$folder/debs" "$folder/root"
	download "$suite" "$folder/debs" "$package=$version"
	dpkg-deb -x "$folder/debs/"*.deb "$folder/root"
	rm -r "$folder/debs"
}

fetch() {
	local package=$1 suite=$2 version=$3 pinned=$3
	local final="$cache/packages/$package" new="$cache/packages/.$package.new"

	if [ ! -e "$final/pinned" ] || [ "$(cat "$final/pinned")" != "$pinned" ]; then
		choose "$package" "$suite"
		rm -rf "$new"
		unpack "$package" "$suite" "$new"
		# The wish, not what came: a correction in the list fetches again.
		printf '%s\n' "$pinned" >"$new/pinned"
		rm -rf "$final"
		mv -T "$new" "$final"
	fi
	ln -sfn "$final/root" "$folder/$package"
}

if [ $# -ne 1 ]; then
	sed -n '/^#\t/s/^#\t/usage: /p' "$0" >&2
	exit 2
fi
folder=$1
mkdir -p "$folder" "$cache/packages"
exec {lock}>"$cache/packages/.lock"
flock "$lock"
while read -r package suite version _; do
	[ -z "$package" ] || [ "${package:0:1}" = "#" ] || fetch "$package" "$suite" "$version"
done <"$here/packages.list"
exec {lock}>&-
