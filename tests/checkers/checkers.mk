# SPDX-License-Identifier: MIT
#
# Programs for tests/checkers/run, each built for every tool that checks memory or threads.
# The library is the one that users have, not built for a tool: MSan's excepted, which
# takes all that other code writes for undefined.

CHECKED_CC ?= clang
checkers := asan msan tsan valgrind
checked_asan := -fsanitize=address,undefined -fno-sanitize-recover=all
checked_msan := -fsanitize=memory
checked_tsan := -fsanitize=thread
checked_valgrind :=
# Without the one that needs the device.
checked_programs = tests/checkers/slot_uses \
	$(foreach name,$(filter-out uring,$(example_names)),examples/$(name)/$(name))

# Of C++, where the tool knows what its library writes. The fuzz loop has its target in one
# file with what calls it, and the crash of that is a report but for TSan.
CHECKED_CXX ?= clang++
checked_cpp_asan := host
checked_cpp_tsan := host loop
checked_cpp_valgrind := host

checked_all = $(foreach tool,$(checkers),$(checked_programs:%=$(out)/checkers/$(tool)/%) \
	$(foreach name,$(checked_cpp_$(tool)),$(out)/checkers/$(tool)/examples/$(name)/$(name)))

# checked_tree TOOL,LIBRARY
define checked_tree
$(out)/checkers/$(1)/obj/%.o: %.c
	@mkdir -p $$(@D)
	$$(call quiet,CC)$$(CHECKED_CC) $$(CPPFLAGS) -O1 -gdwarf-4 -fno-omit-frame-pointer \
		$$(PROGRAM_CFLAGS) $$(unchecked) $$(extra_cflags) -MMD -MP -c -o $$@ $$<
$(out)/checkers/$(1)/obj/%.o: %.cpp
	@mkdir -p $$(@D)
	$$(call quiet,CXX)$$(CHECKED_CXX) $$(CPPFLAGS) -O1 -gdwarf-4 -fno-omit-frame-pointer \
		-std=c++17 -Iinclude $$(unchecked) -MMD -MP -c -o $$@ $$<
$(out)/checkers/$(1)/obj/%.o: private unchecked := $(checked_$(1))
$(out)/checkers/$(1)/obj/libshim/%.o: extra_cflags := -Ilibshim
# The fuzzer's target stands for the code of a tenant, which nothing instruments, and
# which a guard stops.
$(out)/checkers/$(1)/obj/examples/fuzzer/target.o: private unchecked :=

$(out)/checkers/$(1)/lib/libshim.a: $$(patsubst %.c,$(out)/checkers/$(1)/obj/%.o,$(lib_sources))
	@mkdir -p $$(@D)
	@rm -f $$@
	$$(call quiet,AR)$$(AR) rcs $$@ $$^

$(out)/checkers/$(1)/examples/%: $$$$(addprefix $(out)/checkers/$(1)/obj/,\
		$$$$(addsuffix .o,$$$$(basename $$$$(wildcard examples/$$$$(*D)/*.c examples/$$$$(*D)/*.cpp)))) $(2)
	@mkdir -p $$(@D)
	$$(call quiet,LD)$$(if $$(wildcard examples/$$(*D)/*.cpp),$$(CHECKED_CXX),$$(CHECKED_CC)) \
		$(checked_$(1)) -pthread -o $$@ $$^

$(out)/checkers/$(1)/tests/%: $(out)/checkers/$(1)/obj/tests/%.o $(2)
	@mkdir -p $$(@D)
	$$(call quiet,LD)$$(CHECKED_CC) $(checked_$(1)) -pthread -o $$@ $$^
.PRECIOUS: $(out)/checkers/$(1)/obj/%.o
endef
$(foreach tool,asan tsan valgrind,$(eval $(call checked_tree,$(tool),$(out)/lib/libshim.a)))
$(eval $(call checked_tree,msan,$(out)/checkers/msan/lib/libshim.a))

# The library speaks to Valgrind where its header was when this was compiled. A package's header
# is older than the object that lacks it, and ccache's direct mode looks only for those that
# were there.
memcheck := $(out)/gen/memcheck-$(if $(wildcard /usr/include/valgrind/memcheck.h),is-there,is-not-there)
$(memcheck):
	@mkdir -p $(@D)
	@rm -f $(@D)/memcheck-*
	@touch $@
$(out)/obj/libshim/base/checkers.o: $(memcheck)
$(out)/obj/libshim/base/checkers.o: export CCACHE_NODIRECT := 1

.PHONY: tests-checkers
tests-checkers: $$(checked_all) $$(example_wasm)
