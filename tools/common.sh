# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# Sourced by the other scripts: the architecture, the cache folder, messages, and a
# private apt that sees one suite and leaves the system's sources and lists alone.

arch_sh=$(dirname "${BASH_SOURCE[0]}")/arch.sh
arch_file=$("$arch_sh")
# shellcheck source=tools/arch/x86_64
. "$arch_file"
# Where its output goes, and what its compilers' names start with.
output=$("$arch_sh" --out)
cross=
[ "$output" = build ] || cross=$compiler_prefix
# Debian's name of this machine's architecture, and of that whose packages are fetched.
build_arch=$(sed -n 's/^debian_arch=//p' "$(ARCH='' "$arch_sh")")
package_arch=$build_arch
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

# listed KIND [NAME]: what tools/kernels.list has on the lines of that kind and name
# for this architecture, after the first three columns; without NAME, the names of the
# kind.
listed() {
	# shellcheck disable=SC2154 # tools is the caller's: the folder of this file
	awk -v kind="$1" -v name="${2:-}" -v arch="$arch" '
		$1 != kind || $3 != "any" && index("," $3 ",", "," arch ",") == 0 { next }
		name == "" { print $2 }
		name == $2 {
			line = $4
			for (i = 5; i <= NF; i++)
				line = line " " $i
			print line
		}' "$tools/kernels.list"
}

# flavours SERIES: of this architecture, the one first that a KERNEL without a flavour
# has: the name and that in the names of packages.
flavours() {
	local flavour series packaged

	while read -r flavour; do
		read -r series packaged < <(listed flavour "$flavour")
		if [ "$series" = any ] || [[ ,$series, == *,$1,* ]]; then
			printf '%s %s\n' "$flavour" "${packaged/DEB/$debian_arch}"
		fi
	done < <(listed flavour)
}

# kernels: all that are packaged for this architecture.
kernels() {
	local series

	while read -r series; do
		flavours "$series" | awk -v series="$series" '{ print series (NR > 1 ? "-" $1 : "") }'
	done < <(listed kernel)
}

# pin KIND NAME: sets suite, version and name as tools/kernels.list has them; and
# pinned, which is all of these. For a kernel NAME is SERIES[-FLAVOUR], and series and
# flavour are set too; flavour has the architecture in it.
# shellcheck disable=SC2034 # they are for the caller
pin() {
	series=${2%%-*}
	flavour=
	package_arch=$build_arch
	if [ "$1" = kernel ]; then
		package_arch=$debian_arch
		flavour=$(flavours "$series" | awk -v asked="${2#"$series"}" '
			NR == 1 && asked == "" || NR > 1 && asked == "-" $1 { print $2 }')
		pinned=$([ -z "$flavour" ] || listed kernel "$series")
	else
		pinned=$(listed "$1" "$2")
	fi
	[ -n "$pinned" ] || die "tools/kernels.list has no $1 $2 for $arch"
	pinned+=${flavour:+ $flavour}
	read -r suite version name _ <<<"$pinned"
}

# toolchain COMPILER: the arguments of a kernel's make for gcc-VERSION or clang-VERSION,
# one a line.
toolchain() {
	case $1 in
	clang-*) printf 'LLVM=-%s\n' "${1#clang-}" ;;
	*) printf '%s\n' "CC=$cross$1" "HOSTCC=$1" ${cross:+"CROSS_COMPILE=$cross"} ;;
	esac
}

# provided FOLDER KEY: whether the folder of the cache is what the key says.
provided() {
	local final="$cache/$1"

	# Some files of the folder have its path in them.
	[ -e "$final/key" ] && [ "$(cat "$final/key")" = "$2"$'\n'"folder $final" ]
}

# provide FOLDER KEY MAKER: makes sure that the folder of the cache is what the
# key says. If it is not, MAKER NEW FINAL fills the folder NEW, which then is
# renamed to FINAL; so a folder is whole or not there. Two that run at once wait
# for each other. The key is what was asked for, also where
# something else came in its place.
provide() {
	local final="$cache/$1" maker=$3
	local parent new old lock

	parent=$(dirname "$final")
	new="$parent/.${final##*/}.new"
	old="$parent/.${final##*/}.old"
	mkdir -p "$parent"
	exec {lock}>"$parent/.${final##*/}.lock"
	flock "$lock"
	if ! provided "$1" "$2"; then
		rm -rf "$new" "$old"
		mkdir "$new"
		"$maker" "$new" "$final"
		printf '%s\nfolder %s\n' "$2" "$final" >"$new/key"
		[ ! -e "$final" ] || mv -T "$final" "$old"
		mv -T "$new" "$final"
		rm -rf "$old"
	fi
	exec {lock}>&-
}

# The address that this machine gets Debian's main archive from. Without lists, as in a fresh
# container, apt still says where it would get them.
mirror() {
	local uri

	if [ -n "${GUARDSLOT_MIRROR:-}" ]; then
		printf '%s\n' "${GUARDSLOT_MIRROR%/}/"
		return
	fi
	uri=$(apt-get indextargets --format "\$(REPO_URI)" | grep -m 1 '/debian/*$') ||
		uri=$(apt-get update --print-uris | sed -n "s|^'\(.*/debian/\)dists/.*|\1|p" |
			sed -n 1p)
	[ -n "$uri" ] ||
		die "apt has no Debian mirror here; set GUARDSLOT_MIRROR to the address of one"
	printf '%s\n' "$uri"
}

# apt_root SUITE: the folder of what the private apt knows of the suite. It knows
# packages of $package_arch, and those of this machine, which kbuild's programs are of.
apt_root() {
	printf '%s\n' "$cache/apt/$package_arch/$1"
}

# architectures: what apt gets packages of.
architectures() {
	printf '%s\n' "$build_arch" "$package_arch" | sort -u | paste -sd,
}

# apt_source SUITE: its line in a sources.list.
apt_source() {
	local uri

	uri=$(mirror) || exit 1
	printf 'deb [arch=%s signed-by=%s] %s %s main\n' "$(architectures)" \
		/usr/share/keyrings/debian-archive-keyring.gpg "$uri" "$1"
}

# private_apt SUITE COMMAND...: an apt command that knows only this suite.
private_apt() {
	local root
	local -a options

	root=$(apt_root "$1")
	options=(
		-o "APT::Architecture=$build_arch"
		-o "APT::Architectures=$(architectures)"
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
	local keyring=/usr/share/keyrings/debian-archive-keyring.gpg
	local root

	[ -r "$keyring" ] || die "no $keyring: install debian-archive-keyring"
	root=$(apt_root "$1")
	mkdir -p "$root/lists/partial" "$root/cache/archives/partial"
	apt_source "$1" >"$root/sources.list"
	# Without Error-Mode a suite that cannot be had is a warning.
	private_apt "$1" apt-get update -qq -o APT::Update::Error-Mode=any >&2 ||
		die "cannot get the package lists of $1 from $(mirror)"
}

# has_package SUITE PACKAGE VERSION: whether the lists at hand have it.
has_package() {
	[ -e "$(apt_root "$1")/sources.list" ] &&
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
# names the list of versions, where that is not tools/kernels.list. Two that run at
# once do not get the same lists twice.
settle() {
	local package=$1 wanted=$version
	local lock root

	has_package "$suite" "$package" "$version" && return
	root=$(apt_root "$suite")
	mkdir -p "$root"
	exec {lock}>"$root/lock"
	flock "$lock"
	has_package "$suite" "$package" "$version" || newest "$@"
	exec {lock}>&-
	[ "$version" = "$wanted" ] ||
		say "WARNING: $1 $wanted is not served any more, taking $package $version;" \
			"correct ${pins:-tools/kernels.list}"
}

# newest PACKAGE [NEWER]: a part of settle.
newest() {
	private_apt_update "$suite"
	has_package "$suite" "$package" "$version" && return
	[ -z "${2:-}" ] || "$2"
	version=$(newest_version "$suite" "$package")
	[ -n "$version" ] || die "$suite has no $package"
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

# enter ROOT COMMAND...: runs it in the system with that root, which sees this folder and
# the cache where they are, and no network. The name spaces are its own, so that nothing
# is left of the mounts.
enter() {
	local root=$1
	local -a unshare=(unshare --mount --net)

	shift
	[ "$(id -u)" -eq 0 ] || unshare+=(--map-root-user)
	# shellcheck disable=SC2016 # expanded by the inner shell
	"${unshare[@]}" /bin/sh -euc '
		root=$1 here=$2 cache=$3
		shift 3
		for folder in /dev /proc "$here" "$cache"; do
			mkdir -p "$root$folder"
			mount --rbind "$folder" "$root$folder"
		done
		exec chroot "$root" /bin/sh -euc "cd \"\$1\"; shift; exec \"\$@\"" sh "$here" "$@"
	' sh "$root" "$PWD" "$cache" "$@"
}
