// SPDX-License-Identifier: MIT
/*
 * images: the images of a pool.
 */
#include "commands/command.h"
#include "base/fail.h"
#include "netlink/family.h"
#include "commands/limits.h"
#include "output/table.h"

int command_images(int argc, char **argv)
{
	static const struct column columns[] = {
		{ "image", COLUMN_COUNT },  { "tag", COLUMN_HEX },
		{ "memory", COLUMN_BYTES }, { "write_set", COLUMN_BYTES },
		{ "users", COLUMN_COUNT },  { "limits", COLUMN_TEXT },
	};
	struct table *table = table_new(columns, sizeof(columns) / sizeof(*columns));
	struct records images = { 0 };
	uint32_t pool = command_pool(argc, argv);
	uint64_t page = family_page_size();

	family_images(pool, &images);
	for (size_t i = 0; i < images.count; i++) {
		const struct record *image = &images.items[i];

		table_number(table, image->value[GUARDSLOT_A_IMAGE_ID]);
		table_number(table, image->value[GUARDSLOT_A_IMAGE_TAG]);
		table_number(table, page * image->value[GUARDSLOT_A_IMAGE_PAGES]);
		table_number(table, page * image->value[GUARDSLOT_A_IMAGE_WRITE_SET_PAGES]);
		table_number(table, image->value[GUARDSLOT_A_IMAGE_USERS]);
		limits_add(table, image);
	}
	table_print(table);
	table_free(table);
	records_clear(&images);
	return EXIT_DONE;
}
