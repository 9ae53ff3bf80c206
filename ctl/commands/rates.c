// SPDX-License-Identifier: MIT
/*
 * Samples, rates, and their order.
 */
#define _GNU_SOURCE
#include <inttypes.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/fail.h"
#include "commands/rates.h"
#include "commands/listing.h"
#include "netlink/family.h"

static const struct column columns[] = {
	{ "pool", COLUMN_COUNT },	  { "pid", COLUMN_COUNT },
	{ "command", COLUMN_TEXT },	  { "slots", COLUMN_COUNT },
	{ "resident", COLUMN_BYTES },	  { "resets/s", COLUMN_COUNT },
	{ "purges/s", COLUMN_COUNT },	  { "faults/s", COLUMN_COUNT },
	{ "guard_hits/s", COLUMN_COUNT }, { "reclaims/s", COLUMN_COUNT },
	{ "user", COLUMN_TEXT },
};

static const struct layout layout = {
	.name = "top",
	.columns = columns,
	.count = ARRAY_SIZE(columns),
	.pretty = "pool,pid,user,command,slots,resident,resets/s,faults/s,guard_hits/s,purges/s,"
		  "reclaims/s",
};

/* What pools can be sorted by: highest first, but for the pool's number. */
static const struct {
	char key;
	unsigned int column;
	int attribute;
} orders[] = {
	{ 'p', 0, GUARDSLOT_A_POOL_ID },       { 'm', 4, GUARDSLOT_A_POOL_RESIDENT_PAGES },
	{ 'r', 5, GUARDSLOT_A_POOL_RESETS },   { 'u', 6, GUARDSLOT_A_POOL_PURGES },
	{ 'f', 7, GUARDSLOT_A_POOL_FAULTS },   { 'g', 8, GUARDSLOT_A_POOL_GUARD_HITS },
	{ 'c', 9, GUARDSLOT_A_POOL_RECLAIMS },
};

void rates_take(struct rates *rates)
{
	records_clear(&rates->before.pools);
	rates->before = rates->now;
	rates->now = (struct sample){ 0 };
	family_pools(&rates->now.pools);
	clock_gettime(CLOCK_MONOTONIC, &rates->now.time);
}

void rates_clear(struct rates *rates)
{
	records_clear(&rates->before.pools);
	records_clear(&rates->now.pools);
}

/* The pool in records, which are sorted by id; NULL: it is not among them. */
static const struct record *find(const struct records *pools, uint64_t id)
{
	size_t low = 0, high = pools->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		uint64_t there = pools->items[middle].value[GUARDSLOT_A_POOL_ID];

		if (there == id)
			return &pools->items[middle];
		if (there < id)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

/* The time of what a pool counted before its first sample is not known: 0 then. */
static uint64_t rate(const struct rates *rates, const struct record *pool, int counter)
{
	const struct timespec *from = &rates->before.time, *to = &rates->now.time;
	int64_t time = (to->tv_sec - from->tv_sec) * 1000 + (to->tv_nsec - from->tv_nsec) / 1000000;
	const struct record *before = find(&rates->before.pools, pool->value[GUARDSLOT_A_POOL_ID]);

	if (!before || time <= 0 || pool->value[counter] < before->value[counter])
		return 0;
	return ((pool->value[counter] - before->value[counter]) * 1000 + (uint64_t)time / 2) /
	       (uint64_t)time;
}

struct rates_sum rates_sum(const struct rates *rates)
{
	struct rates_sum sum = { 0 };

	for (size_t i = 0; i < rates->now.pools.count; i++) {
		const struct record *pool = &rates->now.pools.items[i];

		sum.slots += pool->value[GUARDSLOT_A_POOL_SLOTS];
		sum.resident += pool->value[GUARDSLOT_A_POOL_RESIDENT_PAGES] * rates->page_size;
		sum.resets += rate(rates, pool, GUARDSLOT_A_POOL_RESETS);
	}
	return sum;
}

/* ---- order ---------------------------------------------------------------------- */

const char *rates_column_name(unsigned int column)
{
	return columns[column].name;
}

unsigned int rates_order_named(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(orders); i++) {
		const char *column = columns[orders[i].column].name;
		size_t length = strcspn(column, "/");

		if (strlen(name) == length && strncmp(name, column, length) == 0)
			return orders[i].column;
	}
	fail(EXIT_USAGE,
	     "top cannot sort by \"%s\": pool, resident, resets, purges, faults, "
	     "guard_hits or reclaims",
	     name);
}

unsigned int rates_order_of_key(int key, unsigned int order)
{
	for (size_t i = 0; i < ARRAY_SIZE(orders); i++)
		if (orders[i].key == key)
			return orders[i].column;
	return order;
}

void rates_print_keys(FILE *out)
{
	for (size_t i = 0; i < ARRAY_SIZE(orders); i++)
		fprintf(out, "  %c          sort by %s\n", orders[i].key,
			columns[orders[i].column].name);
}

const char *rates_columns(void)
{
	return layout.pretty;
}

/* A pool, and what it is sorted by. */
struct ranked {
	const struct record *pool;
	uint64_t value;
};

/* Highest first; pools with equal values stay in the order of their ids. */
static int by_value(const void *a, const void *b)
{
	const struct ranked *left = a, *right = b;

	if (left->value != right->value)
		return left->value < right->value ? 1 : -1;
	return left->pool->value[GUARDSLOT_A_POOL_ID] < right->pool->value[GUARDSLOT_A_POOL_ID] ?
		       -1 :
		       1;
}

static struct ranked *rank(const struct rates *rates, unsigned int order)
{
	struct ranked *ranked = must(calloc(rates->now.pools.count + 1, sizeof(*ranked)));
	int attribute = GUARDSLOT_A_POOL_ID;

	for (size_t i = 0; i < ARRAY_SIZE(orders); i++)
		if (orders[i].column == order)
			attribute = orders[i].attribute;
	for (size_t i = 0; i < rates->now.pools.count; i++) {
		const struct record *pool = &rates->now.pools.items[i];

		ranked[i].pool = pool;
		if (attribute == GUARDSLOT_A_POOL_RESIDENT_PAGES)
			ranked[i].value = pool->value[attribute];
		else if (attribute != GUARDSLOT_A_POOL_ID)
			ranked[i].value = rate(rates, pool, attribute);
	}
	if (rates->now.pools.count)
		qsort(ranked, rates->now.pools.count, sizeof(*ranked), by_value);
	return ranked;
}

static void add_row(const struct rates *rates, struct table *table, const struct record *pool)
{
	table_number(table, pool->value[GUARDSLOT_A_POOL_ID]);
	table_number(table, pool->value[GUARDSLOT_A_POOL_PID]);
	table_text(table, pool->name);
	table_number(table, pool->value[GUARDSLOT_A_POOL_SLOTS]);
	table_number(table, pool->value[GUARDSLOT_A_POOL_RESIDENT_PAGES] * rates->page_size);
	for (size_t i = 2; i < ARRAY_SIZE(orders); i++)
		table_number(table, rate(rates, pool, orders[i].attribute));
	listing_user(table, pool, GUARDSLOT_A_POOL_UID);
}

struct table *rates_table(const struct rates *rates, const struct style *style, unsigned int order,
			  size_t first, size_t most)
{
	struct table *table = table_new(&layout, style);
	struct ranked *ranked = rank(rates, order);
	size_t end = rates->now.pools.count;

	if (most && first + most < end)
		end = first + most;
	for (size_t i = first; i < end; i++)
		add_row(rates, table, ranked[i].pool);
	if (style->form == FORM_PRETTY)
		table_mark(table, order);
	free(ranked);
	return table;
}
