# SPDX-License-Identifier: MIT
#
# Benchmarks; docs/benchmarks.md says how they work.

BENCH_KERNEL := 7

bench_objects := $(patsubst %.c,$(out)/obj/%.o,$(wildcard bench/*.c))

$(out)/bench/bench: $(bench_objects) $(out)/lib/libshim.a
	@mkdir -p $(@D)
	$(call quiet,LD)$(link_static)

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
