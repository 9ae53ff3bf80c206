// SPDX-License-Identifier: MIT
/*
 * images: the images of a pool.
 */
#include "base/array.h"
#include "base/fail.h"
#include "commands/command.h"
#include "commands/listing.h"
#include "netlink/family.h"

static const struct listing_column columns[] = {
	{ "image", COLUMN_COUNT, GUARDSLOT_A_IMAGE_ID, NULL },
	{ "tag", COLUMN_HEX, GUARDSLOT_A_IMAGE_TAG, NULL },
	{ "memory", COLUMN_BYTES, GUARDSLOT_A_IMAGE_PAGES, NULL },
	{ "write_set", COLUMN_BYTES, GUARDSLOT_A_IMAGE_WRITE_SET_PAGES, NULL },
	{ "users", COLUMN_COUNT, GUARDSLOT_A_IMAGE_USERS, NULL },
	{ "limits", COLUMN_TEXT, GUARDSLOT_A_IMAGE_LIMIT, listing_limits },
};

int command_images(int argc, char **argv)
{
	uint32_t pool = command_pool(argc, argv);
	struct records images = { 0 };

	family_images(pool, &images);
	listing_print(columns, ARRAY_SIZE(columns), &images);
	records_clear(&images);
	return EXIT_DONE;
}
