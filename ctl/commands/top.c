// SPDX-License-Identifier: MIT
/*
 * top: the pools by what they do a second, live on a terminal, else as tables.
 */
#define _GNU_SOURCE
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/array.h"
#include "base/fail.h"
#include "commands/command.h"
#include "netlink/family.h"
#include "output/screen.h"
#include "output/size.h"
#include "output/table.h"

/* Key, column of the table. */
static const struct {
	char key;
	unsigned int column;
} orders[] = {
	{ 'p', 0 }, { 'm', 4 }, { 'r', 5 }, { 'u', 6 }, { 'f', 7 }, { 'g', 8 }, { 'c', 9 },
};

static const struct column columns[] = {
	{ "pool", COLUMN_COUNT },	  { "pid", COLUMN_COUNT },
	{ "command", COLUMN_TEXT },	  { "slots", COLUMN_COUNT },
	{ "resident", COLUMN_BYTES },	  { "resets/s", COLUMN_COUNT },
	{ "purges/s", COLUMN_COUNT },	  { "faults/s", COLUMN_COUNT },
	{ "guard_hits/s", COLUMN_COUNT }, { "reclaims/s", COLUMN_COUNT },
};
#define COLUMNS (ARRAY_SIZE(columns))

/* The pools at one moment. */
struct sample {
	struct records pools;
	struct timespec time;
};

struct top {
	unsigned int delay; /* milliseconds */
	unsigned long left; /* tables to show; 0: no end */
	unsigned int order; /* column */
	uint64_t page_size;
	struct sample before;
	struct sample now;
};

static void sample_take(struct top *top)
{
	records_clear(&top->before.pools);
	top->before = top->now;
	top->now = (struct sample){ 0 };
	family_pools(&top->now.pools);
	clock_gettime(CLOCK_MONOTONIC, &top->now.time);
}

static int64_t milliseconds(const struct timespec *from, const struct timespec *to)
{
	return (to->tv_sec - from->tv_sec) * 1000 + (to->tv_nsec - from->tv_nsec) / 1000000;
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
static uint64_t rate(const struct top *top, const struct record *pool, int counter)
{
	int64_t time = milliseconds(&top->before.time, &top->now.time);
	const struct record *before = find(&top->before.pools, pool->value[GUARDSLOT_A_POOL_ID]);

	if (!before || time <= 0 || pool->value[counter] < before->value[counter])
		return 0;
	return ((pool->value[counter] - before->value[counter]) * 1000 + (uint64_t)time / 2) /
	       (uint64_t)time;
}

static struct table *tabulate(const struct top *top)
{
	static const int counters[] = { GUARDSLOT_A_POOL_RESETS, GUARDSLOT_A_POOL_PURGES,
					GUARDSLOT_A_POOL_FAULTS, GUARDSLOT_A_POOL_GUARD_HITS,
					GUARDSLOT_A_POOL_RECLAIMS };
	struct table *table = table_new(columns, COLUMNS);

	for (size_t i = 0; i < top->now.pools.count; i++) {
		const struct record *pool = &top->now.pools.items[i];

		table_number(table, pool->value[GUARDSLOT_A_POOL_ID]);
		table_number(table, pool->value[GUARDSLOT_A_POOL_PID]);
		table_text(table, pool->name);
		table_number(table, pool->value[GUARDSLOT_A_POOL_SLOTS]);
		table_number(table, pool->value[GUARDSLOT_A_POOL_RESIDENT_PAGES] * top->page_size);
		for (size_t j = 0; j < ARRAY_SIZE(counters); j++)
			table_number(table, rate(top, pool, counters[j]));
	}
	/* Records are sorted by id, which is the order of column 0. */
	if (top->order)
		table_sort(table, top->order);
	return table;
}

/* ---- on a terminal ------------------------------------------------------------- */

static void print_summary(const struct top *top, FILE *out, unsigned int width)
{
	uint64_t resident = 0, resets = 0, slots = 0;
	char memory[32], line[160];

	for (size_t i = 0; i < top->now.pools.count; i++) {
		const struct record *pool = &top->now.pools.items[i];

		slots += pool->value[GUARDSLOT_A_POOL_SLOTS];
		resident += pool->value[GUARDSLOT_A_POOL_RESIDENT_PAGES];
		resets += rate(top, pool, GUARDSLOT_A_POOL_RESETS);
	}
	snprintf(line, sizeof(line),
		 "%zu pools, %" PRIu64 " slots, %s resident, %" PRIu64 " resets/s, by %s",
		 top->now.pools.count, slots,
		 size_text(resident * top->page_size, memory, sizeof(memory)), resets,
		 columns[top->order].name);
	fprintf(out, "%.*s\n", (int)width, line);
}

/* The last line has the keys, where there is room for header, summary and two pools. */
static void draw(const struct top *top)
{
	static const char keys[] = "q quit; sort by p pool m memory r resets u purges f faults "
				   "g guard hits c reclaims";
	struct screen_size size = screen_size();
	bool has_keys = size.rows >= 5;
	unsigned int room = size.rows - 2 - (has_keys ? 1 : 0);
	struct table *table = tabulate(top);
	char *text;
	size_t length;
	FILE *out = must(open_memstream(&text, &length));

	if (size.rows < 3) {
		fprintf(out, "%.*s", (int)size.columns, "too low");
	} else {
		print_summary(top, out, size.columns);
		table_print_pretty(table, out, size.columns, room, true);
		if (has_keys) {
			for (unsigned int i = table_rows(table); i < room; i++)
				fputc('\n', out);
			fprintf(out, "%.*s", (int)size.columns, keys);
		}
	}
	fclose(out);
	/* A newline at the end of the last line would scroll the screen. */
	while (length > 0 && text[length - 1] == '\n')
		length--;
	screen_show(text, length);
	free(text);
	table_free(table);
}

/* False on the key that quits. */
static bool handle_key(struct top *top, int key)
{
	if (key == 'q' || key == 'Q')
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(orders); i++)
		if (orders[i].key == key)
			top->order = orders[i].column;
	return true;
}

/* Until the delay is over; draws after a key and another size. False: quit. */
static bool wait(struct top *top)
{
	struct timespec now;
	int64_t left;

	for (;;) {
		bool resized = false;
		int key;

		clock_gettime(CLOCK_MONOTONIC, &now);
		left = top->delay - milliseconds(&top->now.time, &now);
		/* Keys are read at least once, however long drawing took. */
		key = screen_key(left > 0 ? (int)left : 0, &resized);
		if (!handle_key(top, key))
			return false;
		if (left <= 0)
			return true;
		if (key || resized)
			draw(top);
	}
}

static void run_screen(struct top *top)
{
	bool more = true;

	while (more) {
		draw(top);
		if (top->left && --top->left == 0)
			break;
		more = wait(top);
		if (more)
			sample_take(top);
	}
	screen_restore();
}

/* ---- in a pipe ----------------------------------------------------------------- */

static void run_plain(struct top *top)
{
	struct timespec pause = { top->delay / 1000, top->delay % 1000 * 1000000L };
	unsigned long left = top->left ? top->left : 1;

	for (;;) {
		struct table *table;

		nanosleep(&pause, NULL);
		sample_take(top);
		table = tabulate(top);
		table_print_plain(table, stdout);
		table_free(table);
		if (--left == 0)
			break;
		putchar('\n');
		fflush(stdout);
	}
}

static unsigned int order_named(const char *name)
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

static unsigned int delay_read(const char *text)
{
	unsigned long seconds = command_number("-d", text, 1);

	if (seconds > 3600)
		fail(EXIT_USAGE, "-d must be at most 3600 seconds");
	return (unsigned int)seconds;
}

int command_top(int argc, char **argv)
{
	struct top top = { .delay = 1000, .order = order_named("resets") };
	int option;

	while ((option = getopt(argc, argv, "d:n:s:")) != -1) {
		if (option == 'd')
			top.delay = 1000 * delay_read(optarg);
		else if (option == 'n')
			top.left = command_number("-n", optarg, 1);
		else if (option == 's')
			top.order = order_named(optarg);
		else
			command_usage(argv[0]);
	}
	if (optind != argc)
		command_usage(argv[0]);
	top.page_size = family_page_size();
	sample_take(&top);
	if (screen_open())
		run_screen(&top);
	else
		run_plain(&top);
	records_clear(&top.before.pools);
	records_clear(&top.now.pools);
	return EXIT_DONE;
}
