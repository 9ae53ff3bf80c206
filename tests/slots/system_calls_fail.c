// SPDX-License-Identifier: MIT
// When a system call fails, a slot is as it was or shows nothing, and a reset makes it usable.
#include "slot_test.h"

#include <sys/mman.h>

#include "failing_calls.h"

/* ---- one attempt ------------------------------------------------------------------ */

static struct shim_pool_config config;
static struct shim_pool *pool;
static struct model models[3]; /* none, a, b */
static uint32_t images[3];
static struct model before;
static int error_now;
static const struct model *shown; /* what sweep() expects */

/* Slot 0 is bound to image a, area 0 grown, area 1 shrunk, all dirty. */
static void start(void)
{
	config = config_default();
	pool = pool_create(&config);
	models[0] = model_none(&config);
	images[1] = image_noise(pool, &config, 1, 1, &models[1]);
	images[2] = image_noise(pool, &config, 2, 2, &models[2]);
	rebind(pool, 0, images[1]);
	resize(pool, 0, 0, models[1].limits[0] + 9 * PAGE);
	resize(pool, 0, 1, PAGE);
	dirty_all(pool, 0, 40);

	before = model_none(&config);
	for (uint32_t i = 0; i < 2; i++) {
		before.limits[i] = query(pool, 0).limit[i];
		memcpy(before.bytes[i], (void *)area_at(pool, 0, i), before.limits[i]);
	}
}

static bool slot_is_usable(void)
{
	return shim_slot_resize(pool, 0, 0, query(pool, 0).limit[0], NULL) == 0;
}

static const struct model *model_bound(void)
{
	uint32_t image = query(pool, 0).image;

	return image == images[2] ? &models[2] : image ? &models[1] : &models[0];
}

/* In a hole another map of the process's could come to lie. */
static void slab_has_no_hole(void)
{
	for (uint32_t i = 0; i < 2; i++)
		test_sys(msync((void *)area_at(pool, 0, i), config.areas[i].reserve, MS_ASYNC));
}

static void slot_was_kept_safe(int error)
{
	if (calls_fail_alone())
		slab_has_no_hole();
	/* A descriptor that cannot be looked at is not taken for the library's, nor is a device
	 * that does not know INFO. */
	test_ok(error == -error_now || error == -EBADF ||
		(error == -ENODEV && error_now == EINVAL));
	test_ok(*shim_error());
	if (slot_is_usable()) {
		model_check(pool, 0, &before);
	} else {
		touches_fault(area_at(pool, 0, 0));
		touches_fault(area_at(pool, 0, 1));
		test_err(error, release_kept(pool, 0));
	}
	reset(pool, 0);
	slab_has_no_hole();
	model_check(pool, 0, model_bound());
	dirty_all(pool, 0, 5);
	reset(pool, 0);
	model_check(pool, 0, model_bound());
}

static void finish(int error)
{
	if (error)
		slot_was_kept_safe(error);
	else if (shown)
		model_check(pool, 0, shown);
	pool_destroy(pool);
	for (unsigned int i = 0; i < 3; i++)
		model_free(&models[i]);
	model_free(&before);
}

/* expected is what the slot shows after a success; NULL: anything. */
static void sweep(int (*operation)(void), const struct model *expected)
{
	/* Of too little memory, of a filter, and two that the library knows a reason for. */
	static const int errors[] = { ENOMEM, EPERM, EINVAL, ENOSYS };

	shown = expected;
	test_timeout(120);
	for (size_t i = 0; i < ARRAY_SIZE(errors); i++) {
		error_now = errors[i];
		test_context("%s", strerror(error_now));
		calls_choose(NULL, error_now);
		/* Otherwise no call was reached whose failure matters. */
		test_ok(calls_sweep(&(struct calls_sweep){ start, operation, finish }) > 0);
	}
}

static const uint32_t zero;

static int do_reset(void)
{
	return shim_slot_reset(pool, &zero, 1, NULL);
}

TEST("in a reset")
{
	sweep(do_reset, &models[1]);
}

static int do_rebind(void)
{
	return shim_slot_rebind(pool, &zero, 1, images[2], NULL);
}

TEST("in a rebind to another image")
{
	sweep(do_rebind, &models[2]);
}

static int do_unbind(void)
{
	return shim_slot_rebind(pool, &zero, 1, SHIM_IMAGE_NONE, NULL);
}

TEST("in a rebind to none")
{
	sweep(do_unbind, &models[0]);
}

static int do_grow(void)
{
	return shim_slot_resize(pool, 0, 0, config.areas[0].max, NULL);
}

TEST("in a resize that grows")
{
	sweep(do_grow, NULL);
}

static int do_shrink(void)
{
	return shim_slot_resize(pool, 0, 0, PAGE, NULL);
}

TEST("in a resize that shrinks")
{
	sweep(do_shrink, NULL);
}

static int do_shrink_zeroes(void)
{
	return shim_slot_resize(pool, 0, 0, models[1].limits[0], NULL);
}

TEST("in a resize that shrinks what has no content of the image")
{
	sweep(do_shrink_zeroes, NULL);
}

static int do_purge(void)
{
	return shim_slot_purge(pool, &zero, 1, NULL);
}

TEST("in a purge")
{
	sweep(do_purge, &models[1]);
}

static int do_purge_idle(void)
{
	int error;

	must(release_kept(pool, 0));
	error = shim_pool_purge_idle(pool, NULL);
	calls_disarm();
	/* A slot that can be claimed is usable. */
	if (!shim_slot_claim(pool, 0))
		test_ok(slot_is_usable());
	else
		test_eq(query(pool, 0).state, SHIM_SLOT_ACTIVE);
	return error;
}

TEST("in a purge of idle slots")
{
	sweep(do_purge_idle, &models[1]);
}

static int do_snapshot(void)
{
	uint32_t image;
	int error = shim_image_snapshot(pool, 1, 0, &image);

	calls_disarm();
	if (error)
		return error;
	rebind(pool, 1, image);
	model_check(pool, 1, &before);
	return 0;
}

TEST("in a snapshot")
{
	sweep(do_snapshot, &before);
}

static int do_image(void)
{
	static unsigned char bytes[5 * PAGE_MAX];
	struct shim_image_area areas[2] = { {
		.source = bytes,
		.length = 5 * PAGE,
		.limit = 5 * PAGE,
	} };
	uint32_t image;
	int error;

	fill(bytes + 2 * PAGE, PAGE, 1);
	error = shim_image_create(pool, 1, areas, 2, &image);
	calls_disarm();
	if (error)
		return error;
	rebind(pool, 1, image);
	test_mem((const void *)area_at(pool, 1, 0), bytes, 5 * PAGE);
	return 0;
}

TEST("in the making of an image")
{
	sweep(do_image, &before);
}

static int do_create(void)
{
	struct shim_pool_config other = config_default();
	struct shim_pool *made = NULL;
	int error = shim_pool_create(&other, &made);

	calls_disarm();
	if (error)
		test_ok(!made);
	else
		model_check(made, 0, &models[0]);
	shim_pool_destroy(made);
	return error;
}

TEST("in the making of a pool")
{
	sweep(do_create, &before);
}

TEST_MAIN()
