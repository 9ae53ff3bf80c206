// SPDX-License-Identifier: MIT
/* Makes images with content in area 0. */
#include "image.h"

#include "content.h"

uint32_t image_of(struct pool *pool, uint64_t tag, const void *source, size_t length,
		  uint64_t limit)
{
	struct guardslot_image_create create = {
		.tag = tag,
		.areas[0] = { .source = (uintptr_t)source, .length = length, .limit = limit },
		.areas[1] = { .limit = pool->geometry.areas[1].initial },
	};

	test_image_create(pool, &create);
	return create.out_image;
}

uint32_t image_filled(struct pool *pool, uint64_t tag, uint8_t value, size_t pages)
{
	uint8_t content[16 * PAGE];

	memset(content, value, pages * PAGE);
	return image_of(pool, tag, content, pages * PAGE, pages * PAGE);
}

uint32_t image_keyed(struct pool *pool, uint64_t tag, uint64_t key, size_t pages)
{
	uint8_t *content = aligned_alloc(PAGE, pages * PAGE);
	struct guardslot_image_create create = { .tag = tag };

	test_ok(content);
	for (size_t i = 0; i < pages; i++)
		fill_page(content + i * PAGE, key + i);
	create.areas[0] = (struct guardslot_image_area){
		.source = (uintptr_t)content,
		.length = pages * PAGE,
		.limit = pages * PAGE,
	};
	for (uint32_t i = 1; i < pool->geometry.area_count; i++)
		create.areas[i].limit = pool->geometry.areas[i].initial;
	test_image_create(pool, &create);
	free(content);
	return create.out_image;
}
