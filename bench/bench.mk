# SPDX-License-Identifier: MIT
#
# Benchmarks; docs/benchmarks.md says how they work.

BENCH_KERNEL := 7

bench_objects := $(patsubst %.c,build/obj/%.o,$(wildcard bench/*.c))

build/bench/bench: $(bench_objects) build/lib/libshim.a
	@mkdir -p $(@D)
	$(call quiet,LD)$(link_static)

.PHONY: bench
bench:				## benchmarks: build/bench/results.json, tables, plots
	tools/setup.sh build vm bench $(call groups_for,$(BENCH_KERNEL))
	$(MAKE) --no-print-directory kmod-$(BENCH_KERNEL) build/bench/bench build/vm/init
	bench/run --kernel $(BENCH_KERNEL) --out build/bench all
	bench/report build/bench

.PHONY: bench-check
bench-check:			## instruction counts against bench/baseline.json
	tools/setup.sh build vm bench $(call groups_for,$(BENCH_KERNEL))
	$(MAKE) --no-print-directory kmod-$(BENCH_KERNEL) build/bench/bench build/vm/init
	bench/run --kernel $(BENCH_KERNEL) --out build/bench-check --only guardslot check
	bench/compare bench/baseline.json build/bench-check/results.json
