// SPDX-License-Identifier: MIT
/* The rows of the calls, and a pool for one call to be made on. */
#include "calls.h"

#include "image.h"
#include "pool.h"

static const uint32_t slot_one = 1;

static void fill_nothing(struct arg *arg)
{
	(void)arg;
}

static void fill_create(struct arg *arg)
{
	arg->create = small_geometry(4);
}

static void fill_image_create(struct arg *arg)
{
	arg->image_create.areas[0].limit = 2 * PAGE;
}

static void fill_image(struct arg *arg)
{
	arg->image_destroy.image = 1;
}

static void fill_slot(struct arg *arg)
{
	arg->query.slot = slot_one;
}

static void fill_snapshot(struct arg *arg)
{
	arg->image_snapshot.slot = slot_one;
}

static void fill_reset(struct arg *arg)
{
	arg->reset.slots = (uintptr_t)&slot_one;
	arg->reset.count = 1;
}

static void fill_resize(struct arg *arg)
{
	arg->resize.slot = slot_one;
	arg->resize.limit = PAGE;
}

static void fill_prefault(struct arg *arg)
{
	arg->prefault.slots = (uintptr_t)&slot_one;
	arg->prefault.count = 1;
}

static void fill_purge(struct arg *arg)
{
	arg->purge.slots = (uintptr_t)&slot_one;
	arg->purge.count = 1;
}

const struct call calls[] = {
#define CALL_SINCE(_name, _struct, _first_size, _fill, ...)                                      \
	{                                                                                        \
		.name = #_name, .number = GUARDSLOT_IOC_##_name, .size = sizeof(struct _struct), \
		.first_size = _first_size, .fill = _fill, __VA_ARGS__                            \
	}
#define CALL(_name, _struct, ...) CALL_SINCE(_name, _struct, sizeof(struct _struct), __VA_ARGS__)
#define RESERVED(_struct) .reserved = offsetof(struct _struct, __reserved)
	CALL(INFO, guardslot_info, fill_nothing, .before_create = true),
	CALL(CREATE, guardslot_create, fill_create, .before_create = true,
	     .flags = GUARDSLOT_CREATE_NO_WRITE_SETS | GUARDSLOT_CREATE_PREFAULT),
	CALL(IMAGE_CREATE, guardslot_image_create, fill_image_create,
	     RESERVED(guardslot_image_create)),
	CALL(IMAGE_SNAPSHOT, guardslot_image_snapshot, fill_snapshot, ),
	CALL(IMAGE_DESTROY, guardslot_image_destroy, fill_image, RESERVED(guardslot_image_destroy),
	     .silent = true),
	CALL(RESET, guardslot_reset, fill_reset, RESERVED(guardslot_reset),
	     .flags = GUARDSLOT_RESET_REBIND),
	CALL(RESIZE, guardslot_resize, fill_resize, ),
	CALL(PREFAULT, guardslot_prefault, fill_prefault, RESERVED(guardslot_prefault),
	     .flags = GUARDSLOT_PREFAULT_RANGE),
	CALL(PURGE, guardslot_purge, fill_purge, ),
	CALL_SINCE(QUERY, guardslot_query, offsetof(struct guardslot_query, out_looks),
		   fill_slot, ),
};

const size_t call_count = ARRAY_SIZE(calls);

struct pool pool_for(const struct call *call)
{
	struct pool pool = { .fd = -1 };

	if (call->number == GUARDSLOT_IOC_CREATE) {
		pool.fd = test_success(device_open());
		return pool;
	}
	pool = pool_small(4);
	test_eq(image_filled(&pool, 7, 0x11, 1), 1);
	memset(area_at(&pool, 1, 0), 0x22, 4 * PAGE);
	return pool;
}
