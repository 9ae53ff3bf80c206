# SPDX-License-Identifier: MIT
#
# What the tests of tests/allocator need besides their programs, included by the
# top Makefile after tests/module/module.mk: the tests on the host. A program takes the allocator as its argument: device, mmap, ondemand.
#
#	make run-allocator		the tests, on the host
#	make run-allocator-sanitized	the same with ASan and UBSan

allocator_out := build/tests/allocator
allocator_tests := $(basename $(notdir $(wildcard tests/allocator/*.c)))

.PHONY: run-allocator
run-allocator: tests-data $(allocator_tests:%=$(allocator_out)/%)
	tests/allocator/run $(allocator_tests:%=$(allocator_out)/%)

# ---- with sanitizers, as module.mk builds them --------------------------------------

allocator_sanitized := build/sanitized/tests/allocator
# They bring a malloc(), or the system's calls, of their own; or take the maps or
# the address space that the sanitizers need.
allocator_not_sanitized := out_of_memory system_calls_fail poison maps_run_out
allocator_sanitized_tests := $(addprefix $(allocator_sanitized)/, \
	$(filter-out $(allocator_not_sanitized),$(allocator_tests)))

$(allocator_sanitized)/%: build/sanitized/obj/tests/allocator/%.o build/sanitized/obj/tests/lib/tap.o \
		build/sanitized/libshim.a
	@mkdir -p $(@D)
	$(call quiet,LD)$(SANITIZED_CC) $(SANITIZED_CFLAGS) -o $@ $^ -lm

.PHONY: run-allocator-sanitized
run-allocator-sanitized: tests-data $(allocator_sanitized_tests)
	@ln -sfn $(abspath $(tests_data)) build/sanitized/tests/
	TAP_SLOW=4 ASAN_OPTIONS=allocator_may_return_null=1:handle_segv=0:handle_sigbus=0 \
		tests/allocator/run $(allocator_sanitized_tests)

.PHONY: run-sanitized
run-sanitized: run-module-sanitized run-allocator-sanitized
