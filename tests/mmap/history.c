// SPDX-License-Identifier: MIT
// A slot drops its pages where that costs less than to keep them, and next to never elsewhere.
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "mmap/history.h"
#include "test.h"
#include "perf.h"
#include "random.h"

#define PAGES 8192
#define TENANTS 3000
/* Costs are counted after these. */
#define WARM_UP 1000
/* What a fault costs, in restored pages. */
#define PRICE 12

/* A slot whose pages cost as history.h says; what it has and costs. */
struct slot {
	bool is_resident[PAGES];
	uint64_t resident;
	uint64_t cost;
	uint64_t seed;
};

typedef void (*tenant_fn)(struct slot *slot, uint32_t number);

static uint32_t draw(struct slot *slot, uint32_t bound)
{
	return random_below(&slot->seed, bound);
}

static void write_page(struct slot *slot, uint32_t page)
{
	if (slot->is_resident[page])
		return;
	slot->is_resident[page] = true;
	slot->resident++;
	slot->cost += PRICE;
}

static void write_pages(struct slot *slot, uint32_t first, uint32_t count)
{
	for (uint32_t page = first; page < first + count; page++)
		write_page(slot, page);
}

static void same(struct slot *slot, uint32_t number)
{
	(void)number;
	write_pages(slot, 0, 100);
}

static void write_random(struct slot *slot, uint32_t count)
{
	while (count--)
		write_page(slot, draw(slot, 512));
}

static void varied(struct slot *slot, uint32_t number)
{
	write_random(slot, number ? 32 : 2048);
}

static void bimodal(struct slot *slot, uint32_t number)
{
	write_random(slot, number % 10 ? 32 : 512);
}

static void alternating(struct slot *slot, uint32_t number)
{
	write_pages(slot, 0, number % 2 ? 100 : 1);
}

static void drifting(struct slot *slot, uint32_t number)
{
	write_pages(slot, number / 100 * 64, 64);
}

static void drop(struct slot *slot)
{
	memset(slot->is_resident, 0, sizeof(slot->is_resident));
	slot->resident = 0;
}

enum policy { KEEP, DROP, LEARN };

/* What a tenant costs, in pages, after the first ones. */
static uint64_t cost_of(tenant_fn tenant, enum policy policy)
{
	static struct slot slot;
	struct shim_history history = { .resident = 0 };

	memset(&slot, 0, sizeof(slot));
	for (uint32_t number = 0; number < TENANTS; number++) {
		bool drops = policy == DROP;

		if (number == WARM_UP)
			slot.cost = 0;
		tenant(&slot, number);
		if (policy == LEARN)
			drops = shim_history_drop(&history, PRICE);
		if (drops)
			drop(&slot);
		slot.cost += slot.resident;
		shim_history_note(&history, slot.resident);
	}
	return slot.cost / (TENANTS - WARM_UP);
}

/* At most so many hundredths of what the better of the two simple ways costs. */
static void costs_at_most(tenant_fn tenant, uint64_t hundredths)
{
	uint64_t keep = cost_of(tenant, KEEP), drop = cost_of(tenant, DROP);
	uint64_t best = keep < drop ? keep : drop, cost = cost_of(tenant, LEARN);

	printf("# kept %" PRIu64 ", dropped %" PRIu64 ", learned %" PRIu64 "\n", keep, drop, cost);
	test_ok(100 * cost <= hundredths * best);
}

TEST("tenants that write the same pages cost what they do where all is kept")
{
	costs_at_most(same, 103);
}

TEST("tenants that write pages at random, few of many, cost what they do where all is dropped")
{
	costs_at_most(varied, 106);
}

TEST("where one tenant in ten is large all is kept")
{
	costs_at_most(bimodal, 103);
}

TEST("where every second tenant is small all is kept")
{
	costs_at_most(alternating, 103);
}

TEST("where the pages change now and then it costs less than half of either")
{
	costs_at_most(drifting, 50);
}

TEST("no page, no drop")
{
	struct shim_history history = { .resident = 0 };

	for (uint32_t number = 0; number < TENANTS; number++) {
		test_ok(!shim_history_drop(&history, PRICE));
		shim_history_note(&history, 0);
	}
}

TEST("a process measures the price of a fault once")
{
	long before = faults(), between;
	uint64_t first = shim_history_price(PAGE);

	between = faults();
	test_ok(first >= 4 && first <= 32);
	test_ok(between - before >= 96);
	test_eq(shim_history_price(PAGE), first);
	test_ok(faults() - between < 96);
}

TEST_MAIN()
