// SPDX-License-Identifier: MIT
/*
 * list and show: pools.
 */
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "commands/command.h"
#include "base/fail.h"
#include "netlink/family.h"
#include "output/size.h"
#include "output/table.h"

int command_list(int argc, char **argv)
{
	static const struct column columns[] = {
		{ "pool", COLUMN_COUNT },     { "pid", COLUMN_COUNT },
		{ "uid", COLUMN_COUNT },      { "command", COLUMN_TEXT },
		{ "slots", COLUMN_COUNT },    { "images", COLUMN_COUNT },
		{ "resident", COLUMN_BYTES }, { "image_memory", COLUMN_BYTES },
		{ "resets", COLUMN_COUNT },   { "purges", COLUMN_COUNT },
		{ "faults", COLUMN_COUNT },   { "guard_hits", COLUMN_COUNT },
		{ "reclaims", COLUMN_COUNT },
	};
	static const int counters[] = { GUARDSLOT_A_POOL_RESETS, GUARDSLOT_A_POOL_PURGES,
					GUARDSLOT_A_POOL_FAULTS, GUARDSLOT_A_POOL_GUARD_HITS,
					GUARDSLOT_A_POOL_RECLAIMS };
	struct table *table = table_new(columns, sizeof(columns) / sizeof(*columns));
	struct records pools = { 0 };
	uint64_t page;

	command_no_arguments(argc, argv);
	page = family_page_size();
	family_pools(&pools);
	for (size_t i = 0; i < pools.count; i++) {
		const struct record *pool = &pools.items[i];

		table_number(table, pool->value[GUARDSLOT_A_POOL_ID]);
		table_number(table, pool->value[GUARDSLOT_A_POOL_PID]);
		table_number(table, pool->value[GUARDSLOT_A_POOL_UID]);
		table_text(table, pool->name);
		table_number(table, pool->value[GUARDSLOT_A_POOL_SLOTS]);
		table_number(table, pool->value[GUARDSLOT_A_POOL_IMAGES]);
		table_number(table, page * pool->value[GUARDSLOT_A_POOL_RESIDENT_PAGES]);
		table_number(table, page * pool->value[GUARDSLOT_A_POOL_IMAGE_PAGES]);
		for (size_t j = 0; j < sizeof(counters) / sizeof(*counters); j++)
			table_number(table, pool->value[counters[j]]);
	}
	table_print(table);
	table_free(table);
	records_clear(&pools);
	return EXIT_DONE;
}

/* ---- show -------------------------------------------------------------------- */

enum unit {
	UNIT_NONE,
	UNIT_BYTES,
	UNIT_PAGES,	/* shown as bytes */
	UNIT_CAP_PAGES, /* the same, and 0 is none */
	UNIT_NAME,
	UNIT_FLAGS,
};

static const struct field {
	int attribute;
	const char *name;
	enum unit unit;
} fields[] = {
	{ GUARDSLOT_A_POOL_ID, "pool", UNIT_NONE },
	{ GUARDSLOT_A_POOL_PID, "pid", UNIT_NONE },
	{ GUARDSLOT_A_POOL_UID, "uid", UNIT_NONE },
	{ GUARDSLOT_A_POOL_COMM, "command", UNIT_NAME },
	{ GUARDSLOT_A_POOL_FLAGS, "flags", UNIT_FLAGS },
	{ GUARDSLOT_A_POOL_SLOTS, "slots", UNIT_NONE },
	{ GUARDSLOT_A_POOL_IMAGES, "images", UNIT_NONE },
	{ GUARDSLOT_A_POOL_PRE_GUARD, "pre_guard", UNIT_BYTES },
	{ GUARDSLOT_A_POOL_STRIDE, "stride", UNIT_BYTES },
	{ GUARDSLOT_A_POOL_MAP_SIZE, "map_size", UNIT_BYTES },
	{ GUARDSLOT_A_POOL_MAX_RESIDENT_PAGES, "max_resident", UNIT_CAP_PAGES },
	{ GUARDSLOT_A_POOL_KEEP_RESIDENT_PAGES, "keep_resident", UNIT_CAP_PAGES },
	{ GUARDSLOT_A_POOL_RESIDENT_PAGES, "resident", UNIT_PAGES },
	{ GUARDSLOT_A_POOL_IMAGE_PAGES, "image_memory", UNIT_PAGES },
	{ GUARDSLOT_A_POOL_RESETS, "resets", UNIT_NONE },
	{ GUARDSLOT_A_POOL_PURGES, "purges", UNIT_NONE },
	{ GUARDSLOT_A_POOL_FAULTS, "faults", UNIT_NONE },
	{ GUARDSLOT_A_POOL_GUARD_HITS, "guard_hits", UNIT_NONE },
	{ GUARDSLOT_A_POOL_RECLAIMS, "reclaims", UNIT_NONE },
	{ GUARDSLOT_A_POOL_RECLAIMED_PAGES, "reclaimed", UNIT_PAGES },
};

static void add_bytes(struct table *table, uint64_t bytes)
{
	char words[32];

	if (isatty(STDOUT_FILENO))
		size_text(bytes, words, sizeof(words));
	else
		snprintf(words, sizeof(words), "%" PRIu64, bytes);
	table_text(table, words);
}

static void add_flags(struct table *table, uint64_t flags)
{
	static const char *const words[] = { "-", "no-write-sets", "prefault",
					     "no-write-sets,prefault" };
	char other[32];

	if (flags < sizeof(words) / sizeof(*words)) {
		table_text(table, words[flags]);
		return;
	}
	snprintf(other, sizeof(other), "0x%" PRIx64, flags);
	table_text(table, other);
}

static void add_field(struct table *table, const struct field *field, const struct record *pool)
{
	uint64_t value = pool->value[field->attribute];
	char words[32];

	table_text(table, field->name);
	switch (field->unit) {
	case UNIT_NAME:
		table_text(table, pool->name);
		return;
	case UNIT_FLAGS:
		add_flags(table, value);
		return;
	case UNIT_CAP_PAGES:
		if (!value) {
			table_text(table, "-");
			return;
		}
		/* fall through */
	case UNIT_PAGES:
		add_bytes(table, value * family_page_size());
		return;
	case UNIT_BYTES:
		add_bytes(table, value);
		return;
	default:
		snprintf(words, sizeof(words), "%" PRIu64, value);
		table_text(table, words);
	}
}

static void add_area(struct table *table, unsigned int index, const struct area *area)
{
	const struct {
		const char *name;
		uint64_t bytes;
	} values[] = { { "offset", area->offset },
		       { "max", area->max },
		       { "initial", area->initial } };
	char name[32];

	for (size_t i = 0; i < sizeof(values) / sizeof(*values); i++) {
		snprintf(name, sizeof(name), "area%u_%s", index, values[i].name);
		table_text(table, name);
		add_bytes(table, values[i].bytes);
	}
}

int command_show(int argc, char **argv)
{
	static const struct column columns[] = { { "field", COLUMN_TEXT },
						 { "value", COLUMN_TEXT } };
	struct table *table = table_new(columns, 2);
	struct record pool;

	family_pool(command_pool(argc, argv), &pool);
	for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++)
		add_field(table, &fields[i], &pool);
	for (unsigned int i = 0; i < pool.area_count; i++)
		add_area(table, i, &pool.areas[i]);
	table_print(table);
	table_free(table);
	return EXIT_DONE;
}
