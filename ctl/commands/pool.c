// SPDX-License-Identifier: MIT
/*
 * list and show: pools.
 */
#include <inttypes.h>
#include <stdio.h>

#include "base/array.h"
#include "base/fail.h"
#include "commands/command.h"
#include "commands/listing.h"
#include "netlink/family.h"
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
	{ "user", COLUMN_TEXT, GUARDSLOT_A_POOL_UID, listing_user },
};

static const struct listing listing = {
	.name = "pools",
	.pretty = "pool,pid,user,command,slots,images,resident,resets,faults,guard_hits",
	.columns = columns,
	.count = ARRAY_SIZE(columns),
};

int command_list(int argc, char **argv)
{
	struct style style = command_style(argc, argv);
	struct records pools = { 0 };

	family_pools(&pools);
	listing_print(&listing, &style, &pools);
	records_clear(&pools);
	return EXIT_DONE;
}

/* ---- show -------------------------------------------------------------------- */

static void add_flags(struct table *table, const struct record *pool, int attribute)
{
	static const char *const names[] = { "-", "no-write-sets", "prefault",
					     "no-write-sets,prefault" };
	uint64_t flags = pool->value[attribute];
	char unknown[32];

	snprintf(unknown, sizeof(unknown), "0x%" PRIx64, flags);
	table_text(table, flags < ARRAY_SIZE(names) ? names[flags] : unknown);
}

/* Those of each area follow. */
static const struct listing_column fields[] = {
	{ "pool", COLUMN_COUNT, GUARDSLOT_A_POOL_ID, NULL },
	{ "pid", COLUMN_COUNT, GUARDSLOT_A_POOL_PID, NULL },
	{ "uid", COLUMN_COUNT, GUARDSLOT_A_POOL_UID, NULL },
	{ "user", COLUMN_TEXT, GUARDSLOT_A_POOL_UID, listing_user },
	{ "command", COLUMN_TEXT, GUARDSLOT_A_POOL_COMM, listing_name },
	{ "flags", COLUMN_TEXT, GUARDSLOT_A_POOL_FLAGS, add_flags },
	{ "slots", COLUMN_COUNT, GUARDSLOT_A_POOL_SLOTS, NULL },
	{ "images", COLUMN_COUNT, GUARDSLOT_A_POOL_IMAGES, NULL },
	{ "pre_guard", COLUMN_BYTES, GUARDSLOT_A_POOL_PRE_GUARD, listing_bytes },
	{ "stride", COLUMN_BYTES, GUARDSLOT_A_POOL_STRIDE, listing_bytes },
	{ "map_size", COLUMN_BYTES, GUARDSLOT_A_POOL_MAP_SIZE, listing_bytes },
	{ "max_resident", COLUMN_BYTES, GUARDSLOT_A_POOL_MAX_RESIDENT_PAGES, listing_cap },
	{ "keep_resident", COLUMN_BYTES, GUARDSLOT_A_POOL_KEEP_RESIDENT_PAGES, listing_cap },
	{ "resident", COLUMN_BYTES, GUARDSLOT_A_POOL_RESIDENT_PAGES, NULL },
	{ "image_memory", COLUMN_BYTES, GUARDSLOT_A_POOL_IMAGE_PAGES, NULL },
	{ "resets", COLUMN_COUNT, GUARDSLOT_A_POOL_RESETS, NULL },
	{ "purges", COLUMN_COUNT, GUARDSLOT_A_POOL_PURGES, NULL },
	{ "faults", COLUMN_COUNT, GUARDSLOT_A_POOL_FAULTS, NULL },
	{ "guard_hits", COLUMN_COUNT, GUARDSLOT_A_POOL_GUARD_HITS, NULL },
	{ "reclaims", COLUMN_COUNT, GUARDSLOT_A_POOL_RECLAIMS, NULL },
	{ "reclaimed", COLUMN_BYTES, GUARDSLOT_A_POOL_RECLAIMED_PAGES, NULL },
};

#define FIELDS ARRAY_SIZE(fields)
#define AREA_FIELDS 5

/* The heads of the fields and of those of the areas. */
static void name_fields(struct column *heads, char names[][24], unsigned int areas)
{
	static const char *const parts[AREA_FIELDS] = { "offset", "max", "initial", "reserve",
							"guard" };

	for (unsigned int i = 0; i < FIELDS; i++)
		heads[i] = (struct column){ fields[i].name, fields[i].kind };
	for (unsigned int i = 0; i < areas * AREA_FIELDS; i++) {
		snprintf(names[i], sizeof(names[i]), "area%u_%s", i / AREA_FIELDS,
			 parts[i % AREA_FIELDS]);
		heads[FIELDS + i] = (struct column){ names[i], COLUMN_BYTES };
	}
}

static void area_cells(struct table *table, const struct area *area)
{
	table_number(table, area->offset);
	table_number(table, area->max);
	table_number(table, area->initial);
	if (area->has_reserve) {
		table_number(table, area->reserve);
		table_number(table, area->guard);
	} else {
		table_none(table);
		table_none(table);
	}
}

int command_show(int argc, char **argv)
{
	char names[GUARDSLOT_MAX_AREAS * AREA_FIELDS][24];
	struct column heads[FIELDS + GUARDSLOT_MAX_AREAS * AREA_FIELDS];
	struct layout layout = { .name = "pool", .columns = heads };
	struct style style;
	struct table *table;
	struct record pool;
	uint32_t id;

	style = command_pool(argc, argv, &id);
	family_pool(id, &pool);
	name_fields(heads, names, pool.area_count);
	layout.count = (unsigned int)FIELDS + pool.area_count * AREA_FIELDS;
	table = table_new(&layout, &style);
	for (unsigned int i = 0; i < FIELDS; i++)
		listing_cell(table, &fields[i], &pool);
	for (unsigned int i = 0; i < pool.area_count; i++)
		area_cells(table, &pool.areas[i]);
	table_print_down(table, stdout);
	table_free(table);
	return EXIT_DONE;
}
