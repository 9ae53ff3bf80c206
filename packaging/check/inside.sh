#!/bin/sh
# SPDX-License-Identifier: MIT
#
# What packaging/check-install.sh runs in the clean system: installs the packages
# that lie in /check, looks whether all is there, compiles and runs a program, and
# takes the packages away again.
#
#	inside.sh KERNEL		the kernel whose headers are to be installed
set -eu

kernel=$1
export DEBIAN_FRONTEND=noninteractive LC_ALL=C PATH=/usr/sbin:/usr/bin:/sbin:/bin
warnings='-Wall -Wextra -Wpedantic -Werror'

step() {
	echo "# $*"
}

quietly() {
	"$@" >/tmp/log 2>&1 || { cat /tmp/log; echo "failed: $*"; exit 1; }
}

step "install: the kernel's headers, and the packages with what they depend on"
quietly apt-get install -y --no-install-recommends "linux-headers-$kernel"
quietly apt-get install -y --no-install-recommends /check/*.deb
dpkg -l | awk '/^ii/ && $2 ~ /guardslot|libshim/ { print "installed", $2, $3 }'

step "DKMS built the module for $kernel"
dkms status
module=/lib/modules/$kernel/updates/dkms/guardslot.ko
test -s "$module"
modinfo -F parm "$module"

step "the group, the rule, the manual pages, the tool"
getent group guardslot
grep -q 'GROUP="guardslot", MODE="0660"' /lib/udev/rules.d/60-guardslot.rules
guardslotctl --version
guardslotctl doctor && exit 1
# Without sysfs it cannot tell a module that is not loaded from another network namespace.
case "$(guardslotctl list 2>&1)" in
"guardslotctl: module not loaded: guardslotctl doctor says what to do") [ -e /sys/module ] ;;
"guardslotctl: no netlink family here: the module is not loaded, or"*) [ ! -e /sys/module ] ;;
*) exit 1 ;;
esac
for page in guardslot.4 libshim.3 libshim.7 guardslotctl.8; do
	dpkg -S "*/$page.gz" >/tmp/log || { echo "no page $page"; exit 1; }
done

step "each header alone, as C11 to C23 and C++11 to C++23"
quietly apt-get install -y --no-install-recommends gcc g++ libc6-dev pkgconf
cd /check
sh headers.sh "$(pkg-config --variable=includedir libshim)" "$(pkg-config --modversion libshim)" gcc

step "programs, as C11, C++11 and C++17, shared and static"
# shellcheck disable=SC2046,SC2086 # the words are options
{
	gcc -std=c11 $warnings -o use-c use.c $(pkg-config --cflags --libs libshim)
	g++ -std=c++11 $warnings -x c++ -o use-cxx11 use.c $(pkg-config --cflags --libs libshim)
	g++ -std=c++17 $warnings -x c++ -o use-cxx use.c $(pkg-config --cflags --libs libshim)
	gcc -std=c11 $warnings -static -o use-static use.c \
		$(pkg-config --static --cflags --libs libshim)
}
# shellcheck disable=SC1003 # no escape
readelf -d use-c | grep 'NEEDED.*libshim.so.0\]'
./use-c mmap
./use-cxx11 mmap
./use-cxx mmap
./use-static mmap

step "what the virtual machine needs"
quietly apt-get install -y --no-install-recommends udev
mkdir keep
cp "$module" use-static /etc/group /etc/passwd /lib/udev/rules.d/60-guardslot.rules \
	/lib/systemd/systemd-udevd /bin/udevadm keep/

step "purge: nothing stays"
quietly apt-get purge -y guardslot-dkms guardslot-tools libshim-dev libshim0
test ! -e "$module"
test ! -e /var/lib/dkms/guardslot
left=$(find /usr /lib/modules /lib/udev /etc \( -name '*guardslot*' -o -name '*libshim*' \))
[ -z "$left" ] || { echo "left behind: $left"; exit 1; }
