# SPDX-License-Identifier: MIT
#
# The demo's build, included by the top Makefile: the runner of examples/demo,
# one static program with all WebAssembly modules in it.
#
# To add a program: its name in demo_own (programs/NAME.c) or in demo_foreign
# (and demo_NAME_js), its entry in program.c, and its line in corpus.S.

demo_src := examples/demo
demo_out := $(out)/demo

demo_own := calc json spell tiles
demo_foreign := llhttp cjs esm
demo_modules := $(demo_own) trap $(demo_foreign)

demo_wasm := $(demo_modules:%=$(demo_out)/%.wasm)
demo_c := $(demo_modules:%=$(demo_out)/%_module.c)
demo_runner := $(patsubst $(demo_src)/%.c,%,$(wildcard $(demo_src)/*.c))
demo_objects := $(demo_runner:%=$(demo_out)/%.o) $(demo_modules:%=$(demo_out)/%_module.o) \
	$(demo_out)/corpus.o

DEMO_WASM_CC ?= clang
DEMO_WASM_CFLAGS = --target=wasm32-wasi -mexec-model=reactor -O2 $(STRICT_CFLAGS) \
	-I$(demo_out) -Wl,--strip-debug -Wl,--stack-first
DEMO_CFLAGS = $(CFLAGS) $(PROGRAM_CFLAGS) -isystem /usr/share/wabt/wasm2c -I$(demo_out) \
	-I$(demo_src)
# What wasm2c asks for; its output is not ours to warn about.
DEMO_MODULE_CFLAGS := -O2 -w -fno-optimize-sibling-calls -frounding-math -fsignaling-nans
demo_wrap := allocate_memory grow_memory free_memory allocate_funcref_table free_funcref_table
DEMO_LDFLAGS := $(demo_wrap:%=-Wl,--wrap=wasm_rt_%) -Wl,--gc-sections

# ---- inputs from packages ----------------------------------------------------

demo_packages := $(demo_out)/packages/stamp
demo_llhttp_js := node-undici/usr/share/nodejs/undici/lib/llhttp/llhttp.wasm.js
demo_cjs_js := node-cjs-module-lexer/usr/share/nodejs/cjs-module-lexer/dist/lexer.js
demo_esm_js := node-es-module-lexer/usr/share/nodejs/es-module-lexer/dist/lexer.js

$(demo_packages): $(demo_src)/fetch.sh $(demo_src)/packages.list
	$(demo_src)/fetch.sh $(@D)
	@touch $@

demo_extract = $(demo_src)/extract.sh $(1) $(demo_out)/packages$(2) >$@.tmp && mv $@.tmp $@

$(demo_foreign:%=$(demo_out)/%.wasm): $(demo_out)/%.wasm: $(demo_packages) \
		$(demo_src)/extract.sh
	$(call demo_extract,wasm,/$(demo_$*_js))

$(demo_out)/dictionary.inc: $(demo_packages) $(demo_src)/extract.sh
	$(call demo_extract,dictionary)

demo_corpora := $(addprefix $(demo_out)/corpus-,prose commonjs typescript)

$(demo_corpora): $(demo_out)/corpus-%: $(demo_packages) $(demo_src)/extract.sh
	$(call demo_extract,$*)

# ---- WebAssembly -------------------------------------------------------------

# calc fits into one WebAssembly page; the heap of json need not grow.
$(demo_out)/calc.wasm: DEMO_WASM_CFLAGS += -Wl,-z,stack-size=8192
$(demo_out)/json.wasm: DEMO_WASM_CFLAGS += -Wl,--initial-memory=1048576
$(demo_out)/spell.wasm: $(demo_out)/dictionary.inc

$(demo_own:%=$(demo_out)/%.wasm): $(demo_out)/%.wasm: $(demo_src)/programs/%.c \
		$(demo_src)/programs/wasm.h
	@mkdir -p $(@D)
	$(DEMO_WASM_CC) $(DEMO_WASM_CFLAGS) -o $@ $<

$(demo_out)/trap.wasm: $(demo_src)/programs/trap.wat
	@mkdir -p $(@D)
	wat2wasm -o $@ $<

$(demo_c): $(demo_out)/%_module.c: $(demo_out)/%.wasm
	wasm2c -n $* -o $@ $<

# ---- the runner --------------------------------------------------------------

$(demo_modules:%=$(demo_out)/%_module.o): %.o: %.c
	$(CC) $(DEMO_MODULE_CFLAGS) -c -o $@ $<

$(demo_runner:%=$(demo_out)/%.o): $(demo_out)/%.o: $(demo_src)/%.c $(demo_c)
	$(CC) $(DEMO_CFLAGS) -MMD -MP -c -o $@ $<

$(demo_out)/corpus.o: $(demo_src)/corpus.S $(demo_corpora) $(demo_wasm)
	$(CC) -I$(demo_out) -c -o $@ $<

$(demo_out)/demo: $(demo_objects) $(out)/lib/libshim.a
	$(link_static) $(DEMO_LDFLAGS) -lwasm-rt-impl -lm

demo_kernel = $(or $(KERNEL),6.12)
demo_build = tools/setup.sh build vm demo $(call groups_for,$(demo_kernel)) && \
	$(MAKE) -j$$(nproc) --no-print-directory kmod-$(demo_kernel) $(demo_out)/demo $(out)/vm/init

.PHONY: demo
demo:				## set up, build, and run WebAssembly programs on slots
	$(demo_build)
	$(demo_src)/run $(demo_kernel) $(DEMO_ARGS)

# Two guests at a time, so that each runs on a busy machine.
.PHONY: demo-check
demo-check: SHELL := /bin/bash
demo-check:			## the demo twice: same figures, README's too, none above mmap's
	$(demo_build)
	@set -o pipefail; code=0; \
	$(demo_src)/run $(demo_kernel) >$(demo_out)/other.txt 2>&1 & other=$$!; \
	$(demo_src)/run $(demo_kernel) | tee $(demo_out)/one.txt || code=$$?; \
	wait $$other || { cat $(demo_out)/other.txt; exit 1; }; exit $$code
	$(demo_src)/check README.md $(demo_out)/one.txt $(demo_out)/other.txt
