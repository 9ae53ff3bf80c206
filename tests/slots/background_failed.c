// SPDX-License-Identifier: MIT
// A slot whose reset fails while it waits is not claimed by chance; the program gets it, and why.
#include "slot_test.h"

#include "failing_calls.h"

#define SLOTS 4

static struct shim_pool *pool;

static void start(uint32_t mode)
{
	struct shim_pool_config config = config_default();

	config.slots = SLOTS;
	config.reset_mode = mode;
	pool = pool_create(&config);
	for (uint32_t slot = 0; slot < SLOTS; slot++)
		dirty_all(pool, slot, slot);
}

static struct shim_pool_info info(void)
{
	struct shim_pool_info info;

	shim_pool_info_init(&info);
	must(shim_pool_query(pool, &info));
	return info;
}

/* All slots are released, and the resets of those that are in failing fail. */
static void release_all(uint32_t failing)
{
	for (uint32_t slot = 0; slot < SLOTS; slot++) {
		calls_arm(0, ALL_CALLS);
		if (!(failing & 1u << slot))
			calls_disarm();
		must(shim_slot_release(pool, &slot, 1, 0, NULL));
		shim_pool_flush(pool);
		calls_disarm();
	}
	test_eq(info().waiting, 0);
}

static void check_one(uint32_t mode)
{
	uint32_t slot = 9, any;
	int reason = 0;

	start(mode);
	must_fail(-ENOENT, "no slot has failed in a reset that it waited for",
		  shim_slot_claim_failed(pool, &slot, &reason));
	release_all(1u << 2);
	test_eq(info().failed, 1);
	test_eq(query(pool, 2).state, SHIM_SLOT_FAILED);
	must_fail(-EBUSY, "slot 2 is one whose reset failed", shim_slot_claim(pool, 2));
	for (uint32_t i = 0; i < SLOTS - 1; i++) {
		must(shim_slot_claim_any(pool, &any));
		test_ok(any != 2);
		test_eq(area_at(pool, any, 0)[9], 0);
	}
	test_err(-EBUSY, shim_slot_claim_any(pool, &any));

	must(shim_slot_claim_failed(pool, &slot, &reason));
	test_eq(slot, 2);
	test_eq(reason, -ENOMEM);
	test_eq(info().failed, 0);
	test_eq(query(pool, 2).state, SHIM_SLOT_ACTIVE);
	test_err(-ENOENT, shim_slot_claim_failed(pool, &slot, &reason));
	/* It is like any other once a reset succeeds. */
	must(shim_slot_release(pool, &slot, 1, 0, NULL));
	shim_pool_flush(pool);
	must(shim_slot_claim(pool, 2));
	test_eq(area_at(pool, 2, 0)[9], 0);
	pool_destroy(pool);
}

TEST("with threads of the pool")
{
	check_one(SHIM_RESET_THREADS);
}

TEST("where the program resets")
{
	check_one(SHIM_RESET_EVENT);
}

/* Of a vector that is reset by one call. Returns whether a call has failed. */
static bool batch_fail(long nth, long count, uint32_t *failed)
{
	const uint32_t slots[SLOTS] = { 0, 1, 2, 3 };
	bool has_failed;

	start(SHIM_RESET_EVENT);
	must(shim_slot_release(pool, slots, SLOTS, 0, NULL));
	calls_arm(nth, count);
	shim_pool_flush(pool);
	has_failed = calls_disarm();
	*failed = info().failed;
	for (uint32_t slot = 0, left = *failed; slot < SLOTS; slot++) {
		if (query(pool, slot).state == SHIM_SLOT_FAILED && left--)
			continue;
		must(shim_slot_claim(pool, slot));
		test_eq(area_at(pool, slot, 0)[9], 0);
	}
	pool_destroy(pool);
	return has_failed;
}

TEST("one of a batch, the others of it are reset")
{
	unsigned int ones = 0;
	uint32_t failed;

	/* A reset succeeds without some calls, such as the one that asks what was written. */
	for (long count = 1; count < 5; count++)
		for (long nth = 0; batch_fail(nth, count, &failed); nth++)
			ones += failed == 1;
	test_note("%u times one slot failed", ones);
	test_ok(ones > 0);
}

TEST("each that failed is claimed once")
{
	uint32_t seen = 0, slot;
	int reason;

	start(SHIM_RESET_THREADS);
	release_all(0xb);
	test_eq(info().failed, 3);
	for (int i = 0; i < 3; i++) {
		must(shim_slot_claim_failed(pool, &slot, &reason));
		seen |= 1u << slot;
	}
	test_eq(seen, 0xb);
	test_err(-ENOENT, shim_slot_claim_failed(pool, &slot, &reason));
	must_fail(-EFAULT, "reason is NULL", shim_slot_claim_failed(pool, &slot, NULL));
	pool_destroy(pool);
}

TEST_MAIN()
