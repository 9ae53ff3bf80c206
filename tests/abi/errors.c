// SPDX-License-Identifier: MIT
// A call that fails leaves pool, slots and images as they were.
#include "test.h"

#include <stdatomic.h>
#include <sys/mman.h>

#include "abi.h"
#include "image.h"
#include "memory.h"
#include "pool.h"

#define SLOTS 4

/* All that can be asked of a pool, but for what reading it counts up. */
struct state {
	struct guardslot_query queries[SLOTS];
	uint8_t bytes[SLOTS][6 * PAGE_MAX];
};

static void state_take(struct pool *pool, struct state *state)
{
	for (uint32_t slot = 0; slot < SLOTS; slot++) {
		memcpy(state->bytes[slot], area_at(pool, slot, 0), 4 * PAGE);
		memcpy(state->bytes[slot] + 4 * PAGE, area_at(pool, slot, 1), 2 * PAGE);
	}
	for (uint32_t slot = 0; slot < SLOTS; slot++)
		test_query(pool, slot, &state->queries[slot]);
}

static struct pool pool;
static uint32_t image;
static struct state before;

/* Slots of every kind: untouched, written, bound, bound and written. */
static void setup(void)
{
	pool = pool_small(SLOTS);
	image = image_filled(&pool, 5, 0x51, 4);
	test_rebind(&pool, 2, image);
	test_rebind(&pool, 3, image);
	memset(area_at(&pool, 1, 0), 0x52, 3 * PAGE);
	memset(area_at(&pool, 3, 0), 0x53, 3 * PAGE);
	test_resize(&pool, 0, 0, 5 * PAGE);
	for (uint32_t slot = 0; slot < SLOTS; slot++)
		atomic_store(claim_word(&pool, slot), slot % 2);
	state_take(&pool, &before);
}

static void test_as_before(const char *what)
{
	static struct state after;

	state_take(&pool, &after);
	if (memcmp(&after, &before, sizeof(after)) != 0)
		test_fail("%s has changed something", what);
	test_err_image_destroy(-ENOENT, &pool, image + 1);
}

TEST("nothing but a success changes what can be seen")
{
	uint32_t bad_vector[] = { 0, 1, 2, 3, SLOTS }, id;
	struct guardslot_create geometry = small_geometry(SLOTS);
	struct guardslot_image_create create = { .areas[0] = { 1, PAGE, 0, PAGE } };
	struct guardslot_reset reset = { .slots = (uintptr_t)bad_vector, .count = 5 };
	struct guardslot_prefault prefault = {
		.size = sizeof(prefault),
		.slots = (uintptr_t)bad_vector,
		.count = 5,
	};
	struct guardslot_purge purge = { .slots = (uintptr_t)bad_vector, .count = 5 };
	struct guardslot_query query;

	setup();
	test_err_create(-EBUSY, pool.fd, &geometry);
	test_as_before("CREATE");
	test_err_image_create(-EFAULT, &pool, &create);
	create.areas[0].limit = 17 * PAGE;
	test_err_image_create(-EINVAL, &pool, &create);
	test_as_before("IMAGE_CREATE");
	test_err_image_snapshot(-ENOENT, &pool, SLOTS, 0, &id);
	test_as_before("IMAGE_SNAPSHOT");
	test_err_image_destroy(-ENOENT, &pool, NO_IMAGE);
	test_as_before("IMAGE_DESTROY");
	test_err_reset_cmd(-ENOENT, &pool, &reset);
	test_err_rebind(-ENOENT, &pool, 1, NO_IMAGE);
	test_as_before("RESET");
	test_err_resize(-EINVAL, &pool, 1, 0, 17 * PAGE);
	test_err_resize(-EINVAL, &pool, 1, 2, PAGE);
	test_as_before("RESIZE");
	test_err(-ENOENT, device_call(pool.fd, GUARDSLOT_IOC_PREFAULT, &prefault));
	test_as_before("PREFAULT");
	test_err_purge_cmd(-ENOENT, &pool, &purge);
	purge.mode = GUARDSLOT_PURGE_IDLE;
	test_err_purge_cmd(-EINVAL, &pool, &purge);
	test_as_before("PURGE");
	test_err_query(-ENOENT, &pool, SLOTS, &query);
	test_as_before("QUERY");
}

TEST("an answer that cannot be written keeps every call from changing anything")
{
	const uint32_t all[] = { 0, 1, 2, 3 };
	union {
		struct guardslot_image_create create;
		struct guardslot_image_snapshot snapshot;
		struct guardslot_reset reset;
		struct guardslot_resize resize;
		struct guardslot_prefault prefault;
		struct guardslot_purge purge;
		struct guardslot_query query;
	} *cmd = before_hole(PAGE);

#define test_unanswered(call, member, ...)                                                     \
	do {                                                                                   \
		test_sys(mprotect(cmd, PAGE, PROT_READ | PROT_WRITE));                         \
		memset(cmd, 0, PAGE);                                                          \
		cmd->member =                                                                  \
			(__typeof__(cmd->member)){ .size = sizeof(cmd->member), __VA_ARGS__ }; \
		test_sys(mprotect(cmd, PAGE, PROT_READ));                                      \
		test_err(-EFAULT, device_call(pool.fd, GUARDSLOT_IOC_##call, cmd));            \
		test_as_before(#call);                                                         \
	} while (0)

	setup();
	test_unanswered(IMAGE_CREATE, create, .areas[0].limit = PAGE);
	test_unanswered(IMAGE_SNAPSHOT, snapshot, .slot = 3);
	test_unanswered(RESET, reset, .slots = (uintptr_t)all, .count = 4);
	test_unanswered(RESET, reset, .flags = GUARDSLOT_RESET_REBIND, .slots = (uintptr_t)all,
			.count = 4, .image = image);
	test_unanswered(RESIZE, resize, .slot = 3, .limit = PAGE);
	test_unanswered(RESIZE, resize, .slot = 3, .limit = 9 * PAGE);
	test_unanswered(PREFAULT, prefault, .flags = GUARDSLOT_PREFAULT_RANGE,
			.slots = (uintptr_t)all, .count = 4, .length = 4 * PAGE);
	test_unanswered(PURGE, purge, .slots = (uintptr_t)all, .count = 4);
	test_unanswered(PURGE, purge, .mode = GUARDSLOT_PURGE_IMAGE, .image = image);
	test_unanswered(PURGE, purge, .mode = GUARDSLOT_PURGE_TAG, .tag = 5);
	test_unanswered(PURGE, purge, .mode = GUARDSLOT_PURGE_IDLE);
	test_unanswered(QUERY, query, .slot = 1);
}

TEST_MAIN()
