// SPDX-License-Identifier: MIT
// A slot's private pages follow what its tenants write.
/*
 * Resets choose by cost here. Tenants write the same pages for long, so that to look for
 * what they wrote does not pay, and then others. What a flush costs on a machine that is
 * busy is not known: the test notes how many tenants it took, and fails when it is never.
 */
#include "test.h"

#include "abi.h"
#include "content.h"
#include "guest.h"
#include "image.h"
#include "look.h"
#include "memory.h"
#include "pool.h"
#include "reset_mode.h"

/* So many that looks pay also where a flush is dear. */
#define SET 1024
#define TENANTS 100
#define MOST_TENANTS 10000
#define SETS 4

/* Where all is instrumented a look may cost more than the copy that it saves. */
static bool looks_pay(void)
{
	return !is_instrumented();
}

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

TEST_WHEN(looks_pay, "one slot a call: what tenants stop writing is given back, at each change")
{
	test_moves(1);
}

TEST_WHEN(looks_pay, "four slots a call: the same")
{
	test_moves(4);
}

TEST_MAIN()
