// SPDX-License-Identifier: MIT
/* Makes slots whose resets look, and compares them. */
#include "look.h"

#include "content.h"
#include "image.h"
#include "memory.h"
#include "pool.h"
#include "reset_mode.h"

#define MOST_SLOTS 64

void reset_slots(struct pool *pool, uint32_t first, uint32_t count)
{
	uint32_t slots[MOST_SLOTS];
	struct guardslot_reset reset = { .slots = (uintptr_t)slots, .count = count };

	test_ok(count <= MOST_SLOTS);
	for (uint32_t i = 0; i < count; i++)
		slots[i] = first + i;
	test_reset_cmd(pool, &reset);
	test_eq(reset.out_done, count);
}

void test_initial(const struct pool *pool, uint32_t slot, size_t pages)
{
	for (size_t i = 0; i < pages; i++)
		if (!page_holds(area_at(pool, slot, 0) + i * PAGE, LOOK_KEY + i))
			test_fail("slot %u, page %zu: not as in the image", slot, i);
}

struct pool pool_looked(uint32_t slots, size_t pages)
{
	struct pool pool = pool_plain(slots, pages, 0);
	uint32_t image = image_keyed(&pool, 1, LOOK_KEY, pages);

	set_reset_mode(MODE_LOOK);
	for (uint32_t slot = 0; slot < slots; slot++) {
		test_rebind(&pool, slot, image);
		write_pages(area_at(&pool, slot, 0), pages, 0xee);
	}
	reset_slots(&pool, 0, slots);
	for (uint32_t slot = 0; slot < slots; slot++)
		test_initial(&pool, slot, pages);
	return pool;
}
