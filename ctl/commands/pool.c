// SPDX-License-Identifier: MIT
/*
 * list and show: pools.
 */
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "base/array.h"
#include "base/fail.h"
#include "commands/command.h"
#include "commands/listing.h"
#include "netlink/family.h"
#include "output/size.h"
#include "output/table.h"

/* ---- list -------------------------------------------------------------------- */

static const struct listing_column columns[] = {
	{ "pool", COLUMN_COUNT, GUARDSLOT_A_POOL_ID, NULL },
	{ "pid", COLUMN_COUNT, GUARDSLOT_A_POOL_PID, NULL },
	{ "uid", COLUMN_COUNT, GUARDSLOT_A_POOL_UID, NULL },
	{ "command", COLUMN_TEXT, GUARDSLOT_A_POOL_COMM, listing_name },
	{ "slots", COLUMN_COUNT, GUARDSLOT_A_POOL_SLOTS, NULL },
	{ "images", COLUMN_COUNT, GUARDSLOT_A_POOL_IMAGES, NULL },
	{ "resident", COLUMN_BYTES, GUARDSLOT_A_POOL_RESIDENT_PAGES, NULL },
	{ "image_memory", COLUMN_BYTES, GUARDSLOT_A_POOL_IMAGE_PAGES, NULL },
	{ "resets", COLUMN_COUNT, GUARDSLOT_A_POOL_RESETS, NULL },
	{ "purges", COLUMN_COUNT, GUARDSLOT_A_POOL_PURGES, NULL },
	{ "faults", COLUMN_COUNT, GUARDSLOT_A_POOL_FAULTS, NULL },
	{ "guard_hits", COLUMN_COUNT, GUARDSLOT_A_POOL_GUARD_HITS, NULL },
	{ "reclaims", COLUMN_COUNT, GUARDSLOT_A_POOL_RECLAIMS, NULL },
};

int command_list(int argc, char **argv)
{
	struct records pools = { 0 };

	command_no_arguments(argc, argv);
	family_pools(&pools);
	listing_print(columns, ARRAY_SIZE(columns), &pools);
	records_clear(&pools);
	return EXIT_DONE;
}

/* ---- show -------------------------------------------------------------------- */

enum unit {
	UNIT_NONE,
	UNIT_BYTES,
	UNIT_PAGES,	/* shown as bytes */
	UNIT_CAP_PAGES, /* the same; 0 is no cap */
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

static void add_number(struct table *table, uint64_t number)
{
	char text[32];

	snprintf(text, sizeof(text), "%" PRIu64, number);
	table_text(table, text);
}

static void add_bytes(struct table *table, uint64_t bytes)
{
	char text[32];

	if (isatty(STDOUT_FILENO))
		table_text(table, size_text(bytes, text, sizeof(text)));
	else
		add_number(table, bytes);
}

static void add_flags(struct table *table, uint64_t flags)
{
	static const char *const names[] = { "-", "no-write-sets", "prefault",
					     "no-write-sets,prefault" };
	char unknown[32];

	snprintf(unknown, sizeof(unknown), "0x%" PRIx64, flags);
	table_text(table, flags < ARRAY_SIZE(names) ? names[flags] : unknown);
}

static void add_value(struct table *table, enum unit unit, uint64_t value)
{
	switch (unit) {
	case UNIT_FLAGS:
		add_flags(table, value);
		break;
	case UNIT_CAP_PAGES:
		if (!value) {
			table_text(table, "-");
			break;
		}
		/* fall through */
	case UNIT_PAGES:
		add_bytes(table, value * family_page_size());
		break;
	case UNIT_BYTES:
		add_bytes(table, value);
		break;
	default:
		add_number(table, value);
	}
}

static void add_field(struct table *table, const struct field *field, const struct record *pool)
{
	table_text(table, field->name);
	if (field->unit == UNIT_NAME)
		table_text(table, pool->name);
	else
		add_value(table, field->unit, pool->value[field->attribute]);
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

	for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
		snprintf(name, sizeof(name), "area%u_%s", index, values[i].name);
		table_text(table, name);
		add_bytes(table, values[i].bytes);
	}
}

int command_show(int argc, char **argv)
{
	static const struct column heads[] = { { "field", COLUMN_TEXT }, { "value", COLUMN_TEXT } };
	struct table *table = table_new(heads, ARRAY_SIZE(heads));
	struct record pool;

	family_pool(command_pool(argc, argv), &pool);
	for (size_t i = 0; i < ARRAY_SIZE(fields); i++)
		add_field(table, &fields[i], &pool);
	for (unsigned int i = 0; i < pool.area_count; i++)
		add_area(table, i, &pool.areas[i]);
	table_print(table);
	table_free(table);
	return EXIT_DONE;
}
