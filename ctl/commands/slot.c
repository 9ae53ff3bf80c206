// SPDX-License-Identifier: MIT
/*
 * slots: the slots of a pool.
 */
#include "base/array.h"
#include "base/fail.h"
#include "commands/command.h"
#include "commands/listing.h"
#include "netlink/family.h"

static const char *state_name(uint64_t state)
{
	switch (state) {
	case GUARDSLOT_ACTIVE:
		return "active";
	case GUARDSLOT_IDLE:
		return "idle";
	case GUARDSLOT_RECLAIM:
		return "reclaim";
	default:
		return "?";
	}
}

static void add_state(struct table *table, const struct record *slot, int attribute)
{
	table_text(table, state_name(slot->value[attribute]));
}

/* A slot without an image has neither image nor tag. */
static const struct listing_column columns[] = {
	{ "slot", COLUMN_COUNT, GUARDSLOT_A_SLOT_INDEX, NULL },
	{ "image", COLUMN_COUNT, GUARDSLOT_A_SLOT_IMAGE, listing_optional },
	{ "tag", COLUMN_HEX, GUARDSLOT_A_SLOT_TAG, listing_optional },
	{ "state", COLUMN_WORD, GUARDSLOT_A_SLOT_STATE, add_state },
	{ "resident", COLUMN_BYTES, GUARDSLOT_A_SLOT_RESIDENT_PAGES, NULL },
	{ "shared", COLUMN_BYTES, GUARDSLOT_A_SLOT_SHARED_PAGES, NULL },
	{ "write_set", COLUMN_BYTES, GUARDSLOT_A_SLOT_WRITE_SET_PAGES, NULL },
	{ "resets", COLUMN_COUNT, GUARDSLOT_A_SLOT_RESETS, NULL },
	{ "purges", COLUMN_COUNT, GUARDSLOT_A_SLOT_PURGES, NULL },
	{ "faults", COLUMN_COUNT, GUARDSLOT_A_SLOT_FAULTS, NULL },
	{ "guard_hits", COLUMN_COUNT, GUARDSLOT_A_SLOT_GUARD_HITS, NULL },
	{ "reclaims", COLUMN_COUNT, GUARDSLOT_A_SLOT_RECLAIMS, NULL },
	{ "reclaimed", COLUMN_BYTES, GUARDSLOT_A_SLOT_RECLAIMED_PAGES, NULL },
	{ "limits", COLUMN_SIZES, GUARDSLOT_A_SLOT_LIMIT, listing_limits },
};

static const struct listing listing = {
	.name = "slots",
	.pretty = "slot,image,tag,state,resident,resets,faults,guard_hits,limits",
	.columns = columns,
	.count = ARRAY_SIZE(columns),
};

int command_slots(int argc, char **argv)
{
	struct records slots = { 0 };
	struct style style;
	uint32_t pool;

	style = command_pool(argc, argv, &pool);
	family_slots(pool, &slots);
	listing_print(&listing, &style, &slots);
	records_clear(&slots);
	return EXIT_DONE;
}
