# SPDX-License-Identifier: MIT
#
# The small examples, included by the top Makefile: one program a folder, static, so
# that they run in the guest too. examples/demo has a build of its own.

# WITHOUT_LIBNL=1: of a C library without those of the system, as liburing.
example_names := fuzzer hello instance ioctl linking server signals tenants $(if $(WITHOUT_LIBNL),,uring) workers
example_out := $(out)/examples
# In C++, with the compiler that belongs to this one; other C compilers have none of their own.
example_cpp := $(if $(filter gcc,$(CC)),$(example_out)/host/host $(example_out)/loop/loop)
example_programs := $(foreach name,$(example_names),$(example_out)/$(name)/$(name))
example_wasm := $(example_out)/instance/greeting.wasm

.PHONY: example-programs
example-programs: $(example_programs) $(example_cpp) $(example_wasm)

$(example_out)/host/host $(example_out)/loop/loop: $(example_out)/%: examples/%.cpp \
		include/libshim/guardslot.hpp $(out)/lib/libshim.a
	@mkdir -p $(@D)
	$(call quiet,CXX)g++ $(CPPFLAGS) $(CFLAGS) -std=c++17 -Wall -Wextra -Wpedantic -Werror \
		-Iinclude $(STATIC) -pthread -o $@ $(filter-out %.hpp,$^)

define example_rule
$(example_out)/$(1)/$(1): $$(patsubst %.c,$(out)/obj/%.o,$$(wildcard examples/$(1)/*.c)) \
		$(out)/lib/libshim.a
	@mkdir -p $$(@D)
	$$(call quiet,LD)$$(link_static)
endef
$(foreach name,$(example_names),$(eval $(call example_rule,$(name))))

$(example_out)/uring/uring: link_static += -luring
$(out)/obj/examples/uring/%.o: extra_cflags = $(liburing_is_there)

$(example_wasm): examples/instance/greeting.wat
	@mkdir -p $(@D)$(wat2wasm_is_there)
	$(call quiet,WAT)$(WAT2WASM) -o $@ $<
