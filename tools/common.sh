# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# Sourced by the other scripts: the architecture, the cache folder, messages, and a
# private apt that sees one suite and leaves the system's sources and lists alone.

arch_file=$("$(dirname "${BASH_SOURCE[0]}")/arch.sh")
# shellcheck source=tools/arch/x86_64
. "$arch_file"
cache=${GUARDSLOT_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/guardslot}

say() {
	printf '%s: %s\n' "${0##*/}" "$*" >&2
}

die() {
	say "$*"
	exit 1
}

# usage: shows the lines of the script's head that start with a tab.
usage() {
	sed -nE '/^#\t/s/^#\t/usage: /p; /^set /q' "$0" >&2
	exit 2
}

# pin WHAT SERIES: sets pinned (the line of kernels.list), suite, version, name
# and flavour, which has the architecture in it.
pin() {
	# shellcheck disable=SC2154 # tools is the caller's: the folder of this file
	pinned=$(awk -v what="$1" -v series="$2" -v arch="$debian_arch" '
		$1 == what && $2 == series { sub(/[^ -]+$/, "&-" arch); print }' \
		"$tools/kernels.list")
	[ -n "$pinned" ] || die "no $1 of series $2 in tools/kernels.list"
	# shellcheck disable=SC2034 # they are for the caller
	read -r _ _ suite version name flavour <<<"$pinned"
}

# provide FOLDER KEY MAKER: makes sure that the folder of the cache is what the
# key says. If it is not, MAKER NEW FINAL fills the folder NEW, which then is
# renamed to FINAL; so a folder is whole or not there. Two that run at once wait
# for each other. The key is what was asked for, also where
# something else came in its place.
provide() {
	local final="$cache/$1" key=$2 maker=$3
	local parent new old lock

	parent=$(dirname "$final")
	new="$parent/.${final##*/}.new"
	old="$parent/.${final##*/}.old"
	# Some files of the folder have its path in them.
	key+=$'\n'"folder $final"
	mkdir -p "$parent"
	exec {lock}>"$parent/.${final##*/}.lock"
	flock "$lock"
	if [ ! -e "$final/key" ] || [ "$(cat "$final/key")" != "$key" ]; then
		rm -rf "$new" "$old"
		mkdir "$new"
		"$maker" "$new" "$final"
		printf '%s\n' "$key" >"$new/key"
		[ ! -e "$final" ] || mv -T "$final" "$old"
		mv -T "$new" "$final"
		rm -rf "$old"
	fi
	exec {lock}>&-
}

# The address that this machine gets Debian's main archive from.
mirror() {
	local uri

	if [ -n "${GUARDSLOT_MIRROR:-}" ]; then
		printf '%s\n' "${GUARDSLOT_MIRROR%/}/"
		return
	fi
	uri=$(apt-get indextargets --format "\$(REPO_URI)" | grep -m 1 '/debian/*$') ||
		die "apt has no Debian mirror here; set GUARDSLOT_MIRROR to the address of one"
	printf '%s\n' "$uri"
}

# private_apt SUITE COMMAND...: an apt command that knows only this suite.
private_apt() {
	local root="$cache/apt/$1"
	local -a options

	options=(
		-o "Dir::Etc::sourcelist=$root/sources.list"
		-o "Dir::Etc::sourceparts=-"
		-o "Dir::State::lists=$root/lists"
		-o "Dir::Cache=$root/cache"
		-o "APT::Sandbox::User="
		-o "Acquire::Languages=none"
		-o "Acquire::Retries=3"
	)
	"$2" "${options[@]}" "${@:3}"
}

# private_apt_update SUITE: gets the suite's lists, checked against its key.
private_apt_update() {
	local root="$cache/apt/$1"
	local keyring=/usr/share/keyrings/debian-archive-keyring.gpg
	local uri

	[ -r "$keyring" ] || die "no $keyring: install debian-archive-keyring"
	uri=$(mirror)
	mkdir -p "$root/lists/partial" "$root/cache/archives/partial"
	printf 'deb [arch=%s signed-by=%s] %s %s main\n' "$debian_arch" "$keyring" "$uri" "$1" \
		>"$root/sources.list"
	# Without Error-Mode a suite that cannot be had is a warning.
	private_apt "$1" apt-get update -qq -o APT::Update::Error-Mode=any >&2 ||
		die "cannot get the package lists of $1 from $uri"
}

# has_package SUITE PACKAGE VERSION: whether the lists at hand have it.
has_package() {
	[ -e "$cache/apt/$1/sources.list" ] &&
		private_apt "$1" apt-cache madison "$2" |
		awk -v want="$3" '$3 == want { found = 1 } END { exit !found }'
}

# newest_version SUITE PACKAGE
newest_version() {
	private_apt "$1" apt-cache madison "$2" | awk 'NR == 1 { print $3 }'
}

# download SUITE FOLDER PACKAGE=VERSION...: apt checks the signatures and sums.
download() {
	say "fetching ${*:3}"
	(cd "$2" && private_apt "$1" apt-get download -qq "${@:3}" >&2) ||
		die "cannot download ${*:3} from $1"
}

# settle PACKAGE [NEWER]: makes sure that $suite has the package in $version. If
# that is no longer served, sets version to the newest there is, after NEWER has
# set package (and name) where the name of the package has the version in it. pins
# names the list of versions, where that is not tools/kernels.list.
settle() {
	local package=$1 wanted=$version

	has_package "$suite" "$package" "$version" && return
	private_apt_update "$suite"
	has_package "$suite" "$package" "$version" && return
	[ -z "${2:-}" ] || "$2"
	version=$(newest_version "$suite" "$package")
	[ -n "$version" ] || die "$suite has no $package"
	say "WARNING: $1 $wanted is not served any more, taking $package $version;" \
		"correct ${pins:-tools/kernels.list}"
}

# unpack FOLDER PACKAGE...: fetches those of $suite and $version into the folder.
unpack() {
	local debs="$1/debs" deb
	local -a packages

	mapfile -t packages < <(printf "%s=$version\n" "${@:2}" | sort -u)
	mkdir -p "$debs"
	download "$suite" "$debs" "${packages[@]}"
	for deb in "$debs"/*.deb; do
		dpkg-deb -x "$deb" "$1"
	done
	rm -r "$debs"
}
