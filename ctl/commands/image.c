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
	{ "limits", COLUMN_SIZES, GUARDSLOT_A_IMAGE_LIMIT, listing_limits },
};

static const struct listing listing = {
	.name = "images",
	.columns = columns,
	.count = ARRAY_SIZE(columns),
};

int command_images(int argc, char **argv)
{
	struct records images = { 0 };
	struct style style;
	uint32_t pool;

	style = command_pool(argc, argv, &pool);
	family_images(pool, &images);
	listing_print(&listing, &style, &images);
	records_clear(&images);
	return EXIT_DONE;
}
