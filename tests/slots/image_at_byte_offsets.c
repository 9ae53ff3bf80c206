// SPDX-License-Identifier: MIT
// Image content starts and ends at any byte, and around it everything is zero.
#include "slot_test.h"

#define MAX (256 * PAGE)

static struct shim_pool_config config;
static struct shim_pool *pool;

static void start(void)
{
	config = config_default();
	config.areas[0].reserve = MAX;
	config.areas[0].max = MAX;
	pool = pool_create(&config);
}

/* The content of area 0 shows in slot 0, and again after it was written over. */
static void content_is_kept(uint64_t offset, uint64_t length, const unsigned char *bytes)
{
	uint64_t limit = (offset + length + PAGE - 1) & ~(PAGE - 1);
	struct shim_image_area areas[2] = { {
		.source = bytes,
		.length = length,
		.offset = offset,
		.limit = limit,
	} };
	volatile unsigned char *at = area_at(pool, 0, 0);
	uint32_t image;

	must(shim_image_create(pool, 1, areas, 2, &image));
	for (unsigned int round = 0; round < 2; round++) {
		rebind(pool, 0, image);
		test_bytes((const void *)at, 0, offset);
		test_mem((const void *)(at + offset), bytes, length);
		test_bytes((const void *)(at + offset + length), 0, limit - offset - length);
		touches_fault(at + limit);
		memset((void *)at, 0xee, limit);
	}
	must(shim_image_destroy(pool, image));
}

TEST("lengths and offsets around page ends")
{
	const uint64_t offsets[] = { 0, 1, 100, PAGE - 1, PAGE, PAGE + 1, 2 * PAGE - 1 };
	const uint64_t lengths[] = { 1, 2, PAGE - 1, PAGE, PAGE + 1, 2 * PAGE, 3 * PAGE + 1 };
	static unsigned char bytes[3 * PAGE_MAX + 4];

	start();
	fill(bytes, sizeof(bytes), 3);
	for (unsigned int i = 0; i < ARRAY_SIZE(offsets); i++)
		for (unsigned int j = 0; j < ARRAY_SIZE(lengths); j++)
			content_is_kept(offsets[i], lengths[j], bytes + 3);
}

TEST("761,927 bytes at offset 1,023")
{
	static unsigned char bytes[761927];

	start();
	fill(bytes, sizeof(bytes), 4);
	content_is_kept(1023, sizeof(bytes), bytes);
	/* And with pages in it that are all zero. */
	memset(bytes + 2 * PAGE, 0, 9 * PAGE);
	memset(bytes + 700000, 0, 61927);
	content_is_kept(1023, sizeof(bytes), bytes);
}

TEST("content that is all zero")
{
	static unsigned char bytes[5 * PAGE_MAX];

	start();
	content_is_kept(17, 5 * PAGE, bytes);
}

TEST("content that ends exactly at the area's max")
{
	unsigned char byte = 5;

	start();
	content_is_kept(MAX - 1, 1, &byte);
	content_is_kept(0, 1, &byte);
}

TEST("the source is copied, and may lie in a slot")
{
	struct shim_image_area areas[2] = { { .limit = 4 * PAGE }, { .limit = PAGE } };
	volatile unsigned char *from;
	uint32_t image;

	start();
	from = area_at(pool, 1, 0);
	fill(from + 7, 3 * PAGE, 6);
	areas[0].source = (const void *)(from + 7);
	areas[0].length = 3 * PAGE;
	must(shim_image_create(pool, 1, areas, 2, &image));
	reset(pool, 1);
	rebind(pool, 1, image);
	for (uint64_t i = 0; i < 3 * PAGE; i++)
		test_eq(from[i], noise(i, 6));
}

TEST("a source is not looked at when there is no length")
{
	struct shim_image_area areas[2] = { { .source = (void *)1, .limit = PAGE } };
	uint32_t image;

	start();
	must(shim_image_create(pool, 1, areas, 2, &image));
	rebind(pool, 1, image);
	test_bytes((const void *)area_at(pool, 1, 0), 0, PAGE);
}

TEST_MAIN()
