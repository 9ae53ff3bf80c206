# SPDX-License-Identifier: MIT
#
# What the tests of tests/allocator need besides their programs, included by the
# top Makefile: WebAssembly binaries, and the tests on
# the host. A program takes the allocator as its argument: device, mmap, ondemand.
#
#	make run-allocator		the tests, on the host
#	make run-allocator-sanitized	the same with ASan and UBSan

allocator_out := build/tests/allocator
allocator_data := $(patsubst tests/allocator/wat/%.wat,$(allocator_out)/wasm/%.wasm, \
	$(wildcard tests/allocator/wat/*.wat))
allocator_tests := $(basename $(notdir $(wildcard tests/allocator/*.c)))

$(allocator_out)/wasm/%.wasm: tests/allocator/wat/%.wat
	@mkdir -p $(@D)
	$(call quiet,WAT)wat2wasm $(WAT2WASM_FLAGS) -o $@ $<

.PHONY: allocator-data
allocator-data: $(allocator_data)

# From the binary to the instance: modules, and what another reader says of each.
allocator_whole := $(addprefix $(allocator_out)/whole/, \
	data elements empty everything globals imports start types) \
	$(addprefix $(allocator_out)/whole/own_,data elements exporter importer instance \
	memory64 passive)

$(allocator_out)/whole/own_%.wasm: $(allocator_out)/wasm/%.wasm
	@mkdir -p $(@D)
	@cp $< $@

$(allocator_out)/whole/%.wasm: $$(module_out)/wasm/%.wasm
	@mkdir -p $(@D)
	@cp $< $@

$(allocator_out)/whole/%.expect: $(allocator_out)/whole/%.wasm tests/allocator/expect.py
	$(call quiet,EXPECT)tests/allocator/expect.py $< >$@.tmp && mv $@.tmp $@

# What is fetched is not known before.
$(allocator_out)/real/stamp: $$(module_data) tests/allocator/expect.py
	@mkdir -p $(@D)
	@cp $(module_out)/real/*.wasm $(@D)
	$(call quiet,EXPECT)for module in $(@D)/*.wasm; do \
		tests/allocator/expect.py "$$module" >"$${module%.wasm}.expect" || exit 1; done
	@touch $@

.PRECIOUS: $(allocator_out)/whole/%.wasm $(allocator_out)/whole/own_%.wasm

.PHONY: whole-data
whole-data: $(allocator_whole:%=%.expect) $(allocator_out)/real/stamp

.PHONY: run-allocator
run-allocator: allocator-data whole-data $(allocator_tests:%=$(allocator_out)/%)
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
run-allocator-sanitized: allocator-data whole-data $(allocator_sanitized_tests)
	@ln -sfn $(abspath $(allocator_out)/wasm) $(abspath $(allocator_out)/whole) \
		$(abspath $(allocator_out)/real) $(allocator_sanitized)/
	TAP_SLOW=4 ASAN_OPTIONS=allocator_may_return_null=1:handle_segv=0:handle_sigbus=0 \
		tests/allocator/run $(allocator_sanitized_tests)

.PHONY: run-sanitized
run-sanitized: run-module-sanitized run-allocator-sanitized
