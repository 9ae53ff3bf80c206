# SPDX-License-Identifier: MIT
#
# guardslotctl.

ctl_sources := $(wildcard ctl/*.c ctl/*/*.c)
ctl_objects := $(ctl_sources:%.c=$(out)/obj/%.o)
# The tests of the netlink family use libnl, too.
NL_CFLAGS = $(shell $(PKG_CONFIG) --cflags libnl-genl-3.0)
NL_LIBS = $(shell $(PKG_CONFIG) --libs libnl-genl-3.0)
SMARTCOLS_CFLAGS = $(shell $(PKG_CONFIG) --cflags smartcols)
SMARTCOLS_LIBS = $(shell $(PKG_CONFIG) --libs smartcols)

ctl_needs = $(eval ctl_needs := $$(call library_is_there,libnl-genl-3.0,libnl-genl-3-dev)$$(call \
	library_is_there,smartcols,libsmartcols-dev))$(ctl_needs)

.PHONY: ctl
ctl: $(out)/ctl/guardslotctl	## guardslotctl: build/ctl/guardslotctl

$(out)/obj/ctl/%.o: extra_cflags = $(ctl_needs)-Ictl $(NL_CFLAGS) $(SMARTCOLS_CFLAGS) -DVERSION='"$(VERSION)"'

$(out)/ctl/guardslotctl: $(ctl_objects)
	@mkdir -p $(@D)
	$(call quiet,LD)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(NL_LIBS) $(SMARTCOLS_LIBS)

# A test that sends requests as guardslotctl does. The linker warns of libnl's name
# look-ups in a static program; they are not called.
$(out)/obj/tests/ctl/refusals.o: extra_cflags = $(tests_cflags) -Ictl
$(out)/tests/ctl/refusals: $(addprefix $(out)/obj/ctl/,netlink/family.o netlink/record.o \
	base/fail.o)
$(out)/tests/ctl/refusals: private test_libs := -lnl-genl-3 -lnl-3 -Wl,--no-warnings
