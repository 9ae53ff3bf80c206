# SPDX-License-Identifier: MIT
#
# What the tests of tests/netlink need besides their programs, included by the top
# Makefile: libnl, and the family's spec as a C table.

netlink_tests := $(basename $(wildcard tests/netlink/*.c))
netlink_spec := $(out)/gen/netlink_spec.h

$(netlink_spec): tests/netlink/spec.py docs/netlink/guardslot.yaml
	@mkdir -p $(@D)
	$(call quiet,SPEC)python3 $^ >$@.new
	@mv $@.new $@

$(out)/obj/tests/netlink/%.o: extra_cflags = $(ctl_needs)$(tests_cflags) -I$(out)/gen \
	$(NL_CFLAGS:-I%=-isystem%)
$(out)/obj/tests/netlink/spec.o: $(netlink_spec)
# libnl has name look-ups in it, of which the linker warns; no test calls them.
$(netlink_tests:%=$(out)/%): test_libs := -lnl-genl-3 -lnl-3 -Wl,--no-warnings
