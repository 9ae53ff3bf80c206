#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Puts what was built where it belongs, or takes it away again: one list for both,
# so that nothing stays behind. The Makefile sets the variables of the list,
# and OUT, where it has built.
#
#	install.sh install|uninstall
set -eu

action=$1
top=$DESTDIR
share=$DATADIR
src=$SRCDIR/guardslot-$VERSION
examples=$DOCDIR/examples

# put MODE SOURCE FOLDER [NAME]
put() {
	to="$top$3/${4:-${2##*/}}"
	case $action in
	install) install -D -m "$1" "$2" "$to" ;;
	uninstall) rm -f "$to" ;;
	esac
}

# fill SOURCE FOLDER NAME: the same, with the @WORDS@ of a template replaced.
fill() {
	to="$top$2/$3"
	case $action in
	install)
		mkdir -p "$top$2"
		sed -e "s|@VERSION@|$VERSION|g" -e "s|@PREFIX@|$PREFIX|g" \
			-e "s|@LIBDIR@|$LIBDIR|g" -e "s|@INCLUDEDIR@|$INCLUDEDIR|g" \
			"$1" >"$to"
		chmod 644 "$to"
		;;
	uninstall) rm -f "$to" ;;
	esac
}

# link TARGET FOLDER NAME: a symbolic link.
link() {
	case $action in
	install) mkdir -p "$top$2" && ln -sf "$1" "$top$2/$3" ;;
	uninstall) rm -f "$top$2/$3" ;;
	esac
}

# empty FOLDER: one of our own, with the folders in it.
empty() {
	[ "$action" = install ] || [ ! -d "$top$1" ] ||
		find "$top$1" -depth -type d -empty -delete
}

# ---- library
put 644 "$OUT/lib/libshim.so.0" "$LIBDIR" "libshim.so.$VERSION"
link "libshim.so.$VERSION" "$LIBDIR" libshim.so.0
link libshim.so.0 "$LIBDIR" libshim.so
put 644 "$OUT/lib/libshim.a" "$LIBDIR"
fill libshim/libshim.pc.in "$LIBDIR/pkgconfig" libshim.pc
for file in include/libshim.h include/uapi/*.h; do
	put 644 "$file" "$INCLUDEDIR"
done
for file in include/libshim/*.h include/libshim/*.hpp; do
	put 644 "$file" "$INCLUDEDIR/libshim"
done
empty "$INCLUDEDIR/libshim"

# ---- the client for Wasmtime, where it was built: make lib-wasmtime
wasmtime=libguardslot-wasmtime
if [ "$action" = uninstall ] || [ -e "$OUT/lib/$wasmtime.so.0" ]; then
	put 644 "$OUT/lib/$wasmtime.so.0" "$LIBDIR" "$wasmtime.so.$VERSION"
	link "$wasmtime.so.$VERSION" "$LIBDIR" "$wasmtime.so.0"
	link "$wasmtime.so.0" "$LIBDIR" "$wasmtime.so"
	put 644 "$OUT/lib/$wasmtime.a" "$LIBDIR"
	fill "clients/wasmtime/$wasmtime.pc.in" "$LIBDIR/pkgconfig" "$wasmtime.pc"
	put 644 clients/wasmtime/include/guardslot-wasmtime.h "$INCLUDEDIR"
	put 644 "docs/man/$wasmtime.7" "$MANDIR/man7"
fi

# ---- guardslotctl
put 755 "$OUT/ctl/guardslotctl" "$BINDIR"
put 644 ctl/completion/guardslotctl.bash "$share/bash-completion/completions" guardslotctl
put 644 ctl/completion/guardslotctl.zsh "$ZSHDIR" _guardslotctl
put 644 ctl/completion/guardslotctl.fish "$share/fish/vendor_completions.d"

put 644 docs/guardslotctl.schema.json "$DOCDIR"

# ---- manual pages
for file in docs/man/*.[1-9]; do
	[ "$file" != "docs/man/$wasmtime.7" ] || continue
	put 644 "$file" "$MANDIR/man${file##*.}"
done

# ---- the system's set-up
put 644 packaging/udev.rules "$UDEVDIR" 60-guardslot.rules
put 644 packaging/sysusers.conf "$SYSUSERSDIR" guardslot.conf
put 644 packaging/modules-load.conf "$examples/modules-load.d" guardslot.conf
put 644 packaging/modprobe.conf "$examples/modprobe.d" guardslot.conf
empty "$DOCDIR"

# ---- the module's sources, for DKMS
fill packaging/dkms.conf.in "$src" dkms.conf
put 644 Kbuild "$src"
for file in kmod/*.[ch] kmod/*/*.[ch] kmod/compat/Kbuild.include include/uapi/*.h; do
	put 644 "$file" "$src/${file%/*}"
done
empty "$src"
