// SPDX-License-Identifier: MIT
// A pool or a pointer that is NULL is an error with a message, and never a crash.
#include "slot_test.h"

static void is_null(const char *what, int error)
{
	char message[64];

	snprintf(message, sizeof(message), "%s is NULL", what);
	must_fail(-EFAULT, message, error);
}

TEST("each call takes NULL for a pool, and says so")
{
	static const struct shim_image_area areas[SHIM_MAX_AREAS];
	const uint32_t slots[] = { 0 };
	struct shim_pool_info pool_info = { .size = sizeof(pool_info) };
	struct shim_slot_info info = { .size = sizeof(info) };
	struct shim_command command = { .size = sizeof(command), .slots = slots, .count = 1 };
	struct shim_place place;
	uint64_t sqe[16];
	uint32_t image;
	int reason;

	is_null("pool", shim_image_create(NULL, 1, areas, 2, &image));
	is_null("pool", shim_image_snapshot(NULL, 1, 0, &image));
	is_null("pool", shim_image_destroy(NULL, 1));
	is_null("pool", shim_slot_reset(NULL, slots, 1, NULL));
	is_null("pool", shim_slot_rebind(NULL, slots, 1, 1, NULL));
	is_null("pool", shim_slot_resize(NULL, 0, 0, 0, NULL));
	is_null("pool", shim_slot_prefault(NULL, slots, 1, NULL, NULL));
	is_null("pool", shim_slot_prefault_range(NULL, slots, 1, 0, 0, PAGE, NULL, NULL));
	is_null("pool", shim_slot_purge(NULL, slots, 1, NULL));
	is_null("pool", shim_pool_purge_image(NULL, 1, NULL));
	is_null("pool", shim_pool_purge_tag(NULL, 1, NULL));
	is_null("pool", shim_pool_purge_idle(NULL, NULL));
	is_null("pool", shim_slot_query(NULL, 0, &info));
	is_null("pool", shim_pool_query(NULL, &pool_info));
	is_null("pool", shim_slot_claim_any(NULL, &image));
	is_null("pool", shim_slot_set_user(NULL, 0, &info));
	test_ok(!shim_slot_user(NULL, 0));
	test_err(-EFAULT, shim_pool_find(NULL, slots, &place));
	is_null("pool", shim_slot_claim(NULL, 0));
	is_null("pool", shim_slot_release(NULL, slots, 1, 0, NULL));
	is_null("pool", shim_slot_claim_failed(NULL, &image, &reason));
	is_null("pool", shim_pool_event(NULL));
	shim_pool_flush(NULL);
	is_null("pool", shim_command_prepare(NULL, &command, (void *)sqe));
	is_null("pool", shim_command_finish(NULL, &command, 0, NULL, NULL));
	test_ok(!shim_slot_address(NULL, 0, 0));
	test_eq(shim_pool_backend(NULL), SHIM_BACKEND_BEST);
	shim_pool_destroy(NULL);
}

TEST("so it does for what it reads and writes")
{
	struct shim_pool *pool = pool_default();
	static const struct shim_image_area areas[2];
	struct shim_pool_config config = config_default();
	struct shim_command command = { .size = sizeof(command) };
	uint64_t sqe[16];
	uint32_t slot;
	int reason;

	is_null("config", shim_pool_create(NULL, &pool));
	is_null("out", shim_pool_create(&config, NULL));
	is_null("areas", shim_image_create(pool, 1, NULL, 2, &(uint32_t){ 0 }));
	is_null("image", shim_image_create(pool, 1, areas, 2, NULL));
	is_null("image", shim_image_snapshot(pool, 1, 0, NULL));
	is_null("info", shim_slot_query(pool, 0, NULL));
	is_null("info", shim_pool_query(pool, NULL));
	is_null("slot", shim_slot_claim_any(pool, NULL));
	is_null("slot", shim_slot_claim_failed(pool, NULL, &reason));
	is_null("reason", shim_slot_claim_failed(pool, &slot, NULL));
	is_null("command", shim_command_prepare(pool, NULL, (void *)sqe));
	is_null("sqe", shim_command_prepare(pool, &command, NULL));
	is_null("command", shim_command_finish(pool, NULL, 0, NULL, NULL));
	test_err(-EFAULT, shim_pool_find(pool, pool, NULL));
	must_fail(-EFAULT, "slots is NULL, count is 1", shim_slot_reset(pool, NULL, 1, NULL));
	must_fail(-EFAULT, "slots is NULL, count is 1", shim_slot_purge(pool, NULL, 1, NULL));
	must(shim_slot_reset(pool, NULL, 0, NULL));
}

TEST_MAIN()
