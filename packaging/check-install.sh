#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Installs the packages of build/deb in a clean Debian 12, where DKMS builds the
# module and a program is compiled against the library; then boots the kernel of
# that module, with that module, udev and that program.
#
#	check-install.sh
#
# With ARCH in the environment all of it is of that architecture. If it is not this
# machine's, the clean system runs on QEMU's emulator of single programs.
#
# The clean system comes from mmdebstrap and stays in the cache, with all packages
# that the installation asks for: after the first time it needs no network.
set -euo pipefail

tools=$(dirname "$(readlink -f "$0")")/../tools
# shellcheck source=tools/common.sh
. "$tools/common.sh"
cd "$tools/.."
# What the checks install beside our packages, with what those depend on.
wanted=(dkms adduser libnl-genl-3-200 gcc g++ libc6-dev pkgconf udev)

# make_chroot NEW
make_chroot() {
	local source

	private_apt_update bookworm
	# It knows no other architecture than its own.
	source=$(build_arch=$debian_arch && apt_source bookworm)
	say "making a clean Debian 12 for $debian_arch"
	# shellcheck disable=SC2016 # the hook's $1
	"$tools/emulated.sh" mmdebstrap --quiet --mode=root --arch="$debian_arch" \
		--variant=minbase --skip=check/qemu,check/empty,cleanup/apt \
		--customize-hook='chroot "$1" apt-get install -y -qq --download-only \
			--no-install-recommends '"${wanted[*]} linux-headers-$name-$flavour"' >&2' \
		bookworm "$1/root.tar" "$source" ||
		die "mmdebstrap could not make it"
}

# In a mount namespace of its own: nothing stays mounted.
in_chroot() {
	# shellcheck disable=SC2016 # the inner shell's
	"$tools/emulated.sh" unshare --mount --propagation private sh -c '
		root=$1 && shift && mount --rbind /proc "$root/proc" && exec chroot "$root" "$@"
	' sh "$work/root" "$@"
}

run_guest() {
	local keep=$work/root/check/keep

	cat >"$work/guest.sh" <<-'END'
		set -eu
		stat -c 'without udev: %G %a' /dev/guardslot
		mkdir -p /run/udev
		/lib/systemd/systemd-udevd --daemon
		udevadm trigger --action=add /sys/devices/virtual/misc/guardslot
		udevadm settle
		found=$(stat -c '%G %a' /dev/guardslot)
		echo "with the rule: $found"
		test "$found" = "guardslot 660"
		use device
		start-stop-daemon -S -c nobody:guardslot -x /bin/use -- device
		start-stop-daemon -S -c nobody -x /bin/use -- refused
	END
	tests/vm/run --kernel 6.1 ${cross:+--root "$work/root"} \
		--module "$keep/guardslot.ko" --add "$keep/use-static:/bin/use" \
		--add "$keep/group:/etc/group" --add "$keep/passwd:/etc/passwd" \
		--add "$keep/60-guardslot.rules:/lib/udev/rules.d/60-guardslot.rules" \
		--add "$keep/systemd-udevd:/lib/systemd/systemd-udevd" \
		--add "$keep/udevadm:/bin/udevadm" --add "$work/guest.sh:/guest.sh" -- sh /guest.sh
}

# What make install puts somewhere, make uninstall takes away, all of it.
check_uninstall() {
	local dest=$work/dest

	make --no-print-directory install "DESTDIR=$dest" PREFIX=/opt/guardslot >&2
	for file in bin/guardslotctl lib/libshim.so include/libshim.h include/libshim/slots.h \
		include/guardslot.h lib/pkgconfig/libshim.pc; do
		[ -e "$dest/opt/guardslot/$file" ] || die "make install left out $file"
	done
	make --no-print-directory uninstall "DESTDIR=$dest" PREFIX=/opt/guardslot >&2
	[ -z "$(find "$dest" ! -type d)" ] || die "make uninstall left $(find "$dest" ! -type d)"
}

[ $# -eq 0 ] || usage
[ "$(id -u)" -eq 0 ] || die "a clean system needs root: chroot and mount"
pin kernel 6.1
settle "linux-headers-$name-$flavour"
folder=chroot/bookworm${cross:+-$arch}
provide "$folder" "$pinned ${wanted[*]}" make_chroot
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
check_uninstall
mkdir "$work/root"
tar -x -C "$work/root" -f "$cache/$folder/root.tar"
mkdir "$work/root/check"
cp "$output"/deb/guardslot-*_*.deb "$output"/deb/libshim*_*.deb packaging/check/use.c \
	packaging/check/headers.sh packaging/check/inside.sh "$work/root/check/"
rm -f "$work"/root/check/*-dbgsym_*
cp /etc/resolv.conf "$work/root/etc/resolv.conf"
in_chroot sh /check/inside.sh "$name-$flavour"
run_guest
say "installed, built, compiled and run: all as it should be"
