# SPDX-License-Identifier: MIT
#
# Installing, packages, and the test of both.

DESTDIR :=
PREFIX := /usr/local
BINDIR = $(PREFIX)/bin
LIBDIR = $(PREFIX)/lib
INCLUDEDIR = $(PREFIX)/include
DATADIR = $(PREFIX)/share
MANDIR = $(DATADIR)/man
DOCDIR = $(DATADIR)/doc/guardslot
ZSHDIR = $(DATADIR)/zsh/site-functions
UDEVDIR = $(PREFIX)/lib/udev/rules.d
SYSUSERSDIR = $(PREFIX)/lib/sysusers.d
# The module's sources, for DKMS, which looks in /usr/src.
SRCDIR = $(PREFIX)/src

install_folders := DESTDIR PREFIX BINDIR LIBDIR INCLUDEDIR DATADIR MANDIR DOCDIR ZSHDIR \
	UDEVDIR SYSUSERSDIR SRCDIR
install_env = OUT='$(out)' VERSION='$(VERSION)' $(foreach folder,$(install_folders),$(folder)='$($(folder))')

.PHONY: install
install: lib ctl		## library, tools, sources for DKMS; DESTDIR= PREFIX=/usr/local
	@$(install_env) packaging/install.sh install

.PHONY: uninstall
uninstall:			## take away what install put there
	@$(install_env) packaging/install.sh uninstall

.PHONY: deb
deb:				## the Debian packages: build/deb/*.deb
	tools/setup.sh build pack
	packaging/build-deb.sh

.PHONY: check-install
check-install: deb		## install the packages in a clean Debian 12, and use them
	tools/setup.sh build vm pack $(if $(foreign),emulate)
	packaging/check-install.sh
