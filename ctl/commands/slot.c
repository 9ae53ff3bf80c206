// SPDX-License-Identifier: MIT
/*
 * slots: the slots of a pool.
 */
#include <inttypes.h>
#include <stdio.h>

#include "commands/command.h"
#include "base/fail.h"
#include "netlink/family.h"
#include "commands/limits.h"
#include "output/table.h"

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

/* What a slot without an image does not have. */
static void add_image(struct table *table, const struct record *slot)
{
	char words[32];

	if (!record_has(slot, GUARDSLOT_A_SLOT_IMAGE)) {
		table_text(table, "-");
		table_text(table, "-");
		return;
	}
	snprintf(words, sizeof(words), "%" PRIu64, slot->value[GUARDSLOT_A_SLOT_IMAGE]);
	table_text(table, words);
	table_number(table, slot->value[GUARDSLOT_A_SLOT_TAG]);
}

int command_slots(int argc, char **argv)
{
	static const struct column columns[] = {
		{ "slot", COLUMN_COUNT },	{ "image", COLUMN_COUNT },
		{ "tag", COLUMN_HEX },		{ "state", COLUMN_TEXT },
		{ "resident", COLUMN_BYTES },	{ "shared", COLUMN_BYTES },
		{ "write_set", COLUMN_BYTES },	{ "resets", COLUMN_COUNT },
		{ "purges", COLUMN_COUNT },	{ "faults", COLUMN_COUNT },
		{ "guard_hits", COLUMN_COUNT }, { "reclaims", COLUMN_COUNT },
		{ "reclaimed", COLUMN_BYTES },	{ "limits", COLUMN_TEXT },
	};
	static const int counters[] = { GUARDSLOT_A_SLOT_RESETS, GUARDSLOT_A_SLOT_PURGES,
					GUARDSLOT_A_SLOT_FAULTS, GUARDSLOT_A_SLOT_GUARD_HITS,
					GUARDSLOT_A_SLOT_RECLAIMS };
	struct table *table = table_new(columns, sizeof(columns) / sizeof(*columns));
	struct records slots = { 0 };
	uint32_t pool = command_pool(argc, argv);
	uint64_t page = family_page_size();

	family_slots(pool, &slots);
	for (size_t i = 0; i < slots.count; i++) {
		const struct record *slot = &slots.items[i];

		table_number(table, slot->value[GUARDSLOT_A_SLOT_INDEX]);
		add_image(table, slot);
		table_text(table, state_name(slot->value[GUARDSLOT_A_SLOT_STATE]));
		table_number(table, page * slot->value[GUARDSLOT_A_SLOT_RESIDENT_PAGES]);
		table_number(table, page * slot->value[GUARDSLOT_A_SLOT_SHARED_PAGES]);
		table_number(table, page * slot->value[GUARDSLOT_A_SLOT_WRITE_SET_PAGES]);
		for (size_t j = 0; j < sizeof(counters) / sizeof(*counters); j++)
			table_number(table, slot->value[counters[j]]);
		table_number(table, page * slot->value[GUARDSLOT_A_SLOT_RECLAIMED_PAGES]);
		limits_add(table, slot);
	}
	table_print(table);
	table_free(table);
	records_clear(&slots);
	return EXIT_DONE;
}
