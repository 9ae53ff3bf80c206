# SPDX-License-Identifier: MIT
#
# Benchmarks; docs/benchmarks.md says how they work.

BENCH_KERNEL := 7

bench_objects := $(patsubst %.c,$(out)/obj/%.o,$(wildcard bench/*.c)) \
	$(out)/obj/bench/traces/text.o

$(out)/bench/bench: link_static += -luring
$(out)/bench/bench: $(bench_objects) $(out)/lib/libshim.a
	@mkdir -p $(@D)
	$(call quiet,LD)$(link_static)

$(out)/obj/bench/traces/text.o: bench/traces/text.S bench/traces/traces.txt
	@mkdir -p $(@D)
	$(CC) -c -o $@ $<

# The programs of the demo without its runner.
record_demo = $(filter-out %/runner.o,$(demo_objects))

$(out)/obj/bench/traces/%.o: extra_cflags = -isystem /usr/share/wabt/wasm2c -Iexamples/demo

$(out)/bench/record: $(out)/obj/bench/traces/record.o $$(record_demo) $(out)/lib/libshim.a
	@mkdir -p $(@D)
	$(call quiet,LD)$(link_static) $(DEMO_LDFLAGS) -lwasm-rt-impl -lm

.PHONY: bench-traces
bench-traces:			## bench/traces/traces.txt: which pages the demo's programs write
	tools/setup.sh build demo
	$(MAKE) -j$$(nproc) --no-print-directory $(out)/bench/record
	$(out)/bench/record >$(out)/bench/traces.txt
	mv $(out)/bench/traces.txt bench/traces/traces.txt

.PHONY: bench
bench:				## benchmarks: build/bench/results.json, tables, plots
	tools/setup.sh build vm bench $(call groups_for,$(BENCH_KERNEL))
	$(MAKE) --no-print-directory kmod-$(BENCH_KERNEL) $(out)/bench/bench $(out)/vm/init
	bench/run --kernel $(BENCH_KERNEL) --out $(out)/bench all
	bench/report $(out)/bench

.PHONY: bench-check
bench-check:			## instruction counts against bench/baseline.json
	tools/setup.sh build vm bench $(call groups_for,$(BENCH_KERNEL))
	$(MAKE) --no-print-directory kmod-$(BENCH_KERNEL) $(out)/bench/bench $(out)/vm/init
	bench/run --kernel $(BENCH_KERNEL) --out $(out)/bench-check --only guardslot check
	bench/compare bench/baseline.json $(out)/bench-check/results.json

# ---- modules beside wasmparser and Wasmtime: needs Rust --------------------------------------

$(out)/obj/bench/modules/%.o: extra_cflags = $(tests_cflags)

$(out)/bench/modules/measure: $(out)/obj/bench/modules/measure.o $(out)/obj/tests/libtest.a \
		$(out)/lib/libshim.a
	@mkdir -p $(@D)
	$(call quiet,LD)$(CC) $(CFLAGS) -pthread -o $@ $^ -lm

$(out)/bench/modules/steps: $(out)/obj/bench/modules/steps.o
	@mkdir -p $(@D)
	$(call quiet,LD)$(CC) $(CFLAGS) -o $@ $^

# The ten largest that tests/wasm/packages.list has, or BENCH_MODULES="stockfish ruby".
BENCH_MODULES ?= stockfish kivy biome duckdb-mvp duckdb-eh php-asyncify php-jspi swc onnxruntime ruby

.PHONY: bench-modules
bench-modules:			## what the ten largest modules take, beside wasmparser and Wasmtime; needs Rust
	tools/setup.sh build spec checkers
	$(MAKE) --no-print-directory $(out)/bench/modules/measure $(out)/bench/modules/steps \
		$(out)/fuzz/differential
	tests/wasm/fetch.sh $(out)/bench/modules/files $(BENCH_MODULES)
	PYTHONDONTWRITEBYTECODE=1 \
		PYTHONPATH=$$(tools/fetch-wheel.sh wasmtime):tests/modules:tests/spec \
		bench/modules/table $(out)/bench/modules $(out)/fuzz/differential \
		$(out)/bench/modules/files $(BENCH_MODULES)
