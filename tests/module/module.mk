# SPDX-License-Identifier: MIT
#
# What the tests of tests/module need besides their programs, included by the top
# Makefile: a build with sanitizers, and the fuzzer.
#
#	make run-module			the tests, on the host
#	make run-module-sanitized	the same with ASan and UBSan
#	make run-fuzz			the fuzzer, FUZZ_RUNS runs from the kept corpus

module_out := build/tests/module
module_tests := $(basename $(notdir $(wildcard tests/module/*.c)))

.PHONY: run-module
run-module: tests-data $(module_tests:%=$(module_out)/%)
	tests/module/run $(module_tests:%=$(module_out)/%)

# ---- with sanitizers ---------------------------------------------------------------

SANITIZED_CC ?= clang
SANITIZED_CFLAGS = -g -O1 $(PROGRAM_CFLAGS) -fno-omit-frame-pointer \
	-fsanitize=address,undefined -fno-sanitize-recover=all -Ilibshim -Itests/lib
module_sanitized := build/sanitized/tests/module
# It brings a malloc() of its own.
module_not_sanitized := out_of_memory
module_sanitized_tests := $(addprefix $(module_sanitized)/, \
	$(filter-out $(module_not_sanitized),$(module_tests)))
sanitized_objects := $(patsubst %.c,build/sanitized/obj/%.o,$(wildcard libshim/*/*.c))

# With coverage for the fuzzer, which costs the tests little.
build/sanitized/obj/%.o: %.c
	@mkdir -p $(@D)
	$(call quiet,CC)$(SANITIZED_CC) $(SANITIZED_CFLAGS) -fsanitize=fuzzer-no-link -MMD -MP \
		-c -o $@ $<

.PRECIOUS: build/sanitized/obj/%.o

build/sanitized/libshim.a: $(sanitized_objects)
	@rm -f $@
	$(call quiet,AR)$(AR) rcs $@ $^

$(module_sanitized)/%: build/sanitized/obj/tests/module/%.o build/sanitized/obj/tests/lib/tap.o \
		build/sanitized/libshim.a
	@mkdir -p $(@D)
	$(call quiet,LD)$(SANITIZED_CC) $(SANITIZED_CFLAGS) -o $@ $^ -lm

.PHONY: run-module-sanitized
run-module-sanitized: tests-data $(module_sanitized_tests)
	@ln -sfn $(abspath $(tests_data)) build/sanitized/tests/
	TAP_SLOW=4 ASAN_OPTIONS=allocator_may_return_null=1 tests/module/run $(module_sanitized_tests)

# ---- fuzzing -------------------------------------------------------------------------

FUZZ_RUNS ?= 20000

build/fuzz/module_parse: build/sanitized/obj/tests/fuzz/module_parse.o build/sanitized/libshim.a
	@mkdir -p $(@D)
	$(call quiet,LD)$(SANITIZED_CC) $(SANITIZED_CFLAGS) -fsanitize=fuzzer -o $@ $^ -lm

# New finds go to the build folder: what is kept is chosen by hand.
.PHONY: run-fuzz
run-fuzz: build/fuzz/module_parse
	@mkdir -p build/fuzz/corpus
	build/fuzz/module_parse -runs=$(FUZZ_RUNS) -seed=1 -max_len=4096 -timeout=10 \
		-print_final_stats=1 -artifact_prefix=build/fuzz/ build/fuzz/corpus \
		tests/fuzz/corpus
