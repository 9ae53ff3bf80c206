// SPDX-License-Identifier: MIT
// A slot's private pages follow what its tenants write.
/*
 * Resets choose by cost here. Tenants write the same pages for long, so that to look for
 * what they wrote does not pay, and then others. The module measures what a flush and a
 * look cost by the clock, and on a busy machine they may never pay: so this needs a clock
 * that counts instructions.
 */
#include "test.h"

#include "abi.h"
#include "content.h"
#include "image.h"
#include "look.h"
#include "memory.h"
#include "pool.h"
#include "reset_mode.h"

#define SET 256
/* For so long they write the same, and that many later ones may pass until it shows. */
#define TENANTS 100
#define MOST_TENANTS 1000
#define SETS 4

static void run_tenants(struct pool *pool, uint32_t slots, uint32_t set)
{
	for (uint32_t slot = 0; slot < slots; slot++)
		write_pages(area_at(pool, slot, 0) + set * SET * PAGE, SET, (uint8_t)set + 1);
	reset_slots(pool, 0, slots);
}

static void test_moves(uint32_t slots)
{
	struct pool pool = pool_plain(slots, SETS * SET, 0);
	uint32_t image = image_keyed(&pool, 1, LOOK_KEY, SETS * SET);

	test_timeout(240);
	set_reset_mode(MODE_AUTO);
	for (uint32_t slot = 0; slot < slots; slot++)
		test_rebind(&pool, slot, image);
	for (uint32_t set = 0; set < SETS; set++) {
		int tenant = 0;

		while (tenant < TENANTS || resident_of(&pool, 0) > SET + SET / 4) {
			run_tenants(&pool, slots, set);
			test_ok(++tenant <= MOST_TENANTS);
		}
		test_note("set %u: after %d tenants", set, tenant);
	}
	for (uint32_t slot = 0; slot < slots; slot++)
		test_initial(&pool, slot, SETS * SET);
}

TEST("one slot a call: what tenants stop writing is given back, at each change")
{
	test_moves(1);
}

TEST("four slots a call: the same")
{
	test_moves(4);
}

TEST_MAIN()
