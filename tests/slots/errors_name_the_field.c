// SPDX-License-Identifier: MIT
// A call that fails leaves a message that names the field, the value and the limit.
#include "slot_test.h"

#include <pthread.h>

static struct shim_pool_config config;
static struct shim_pool *pool;

static void start(void)
{
	config = config_default();
	pool = pool_create(&config);
}

TEST("there is no message before the first error, and success leaves the last one")
{
	test_str(shim_error(), "");
	start();
	test_str(shim_error(), "");
	test_err(-ENOENT, shim_image_destroy(pool, 3));
	reset(pool, 0);
	test_str(shim_error(), "image 3 is not in the pool");
}

TEST("resize")
{
	uint64_t old = 99;

	start();
	must_fail(-ENOENT, "slot 4 is not under the pool's 4",
		  shim_slot_resize(pool, 4, 0, PAGE, &old));
	must_fail(-EINVAL, "area 2 is not under the pool's 2",
		  shim_slot_resize(pool, 0, 2, PAGE, &old));
	must_fail(-EINVAL,
		  format("limit %zu is not a multiple of the page size %zu", PAGE + 1, PAGE),
		  shim_slot_resize(pool, 0, 0, PAGE + 1, &old));
	must_fail(-EINVAL, format("limit %zu is over max %zu of area 0", 49 * PAGE, 48 * PAGE),
		  shim_slot_resize(pool, 0, 0, 49 * PAGE, &old));
	must_fail(-EINVAL, format("limit %zu is over max %zu of area 1", -PAGE, 12 * PAGE),
		  shim_slot_resize(pool, 0, 1, -PAGE, &old));
	test_eq(old, 99);
	test_eq(query(pool, 0).limit[0], config.areas[0].initial);
}

static void image_refused(int error, const char *message, struct shim_image_area area)
{
	struct shim_image_area areas[2] = { { .limit = PAGE }, area };
	uint32_t image = 99;

	must_fail(error, message, shim_image_create(pool, 1, areas, 2, &image));
	test_eq(image, 99);
}

TEST("image content and limits")
{
	static const char byte = 1;

	start();
	image_refused(-EINVAL,
		      format("area 1: limit %zu is not a multiple of the page size %zu", PAGE + 1,
			     PAGE),
		      (struct shim_image_area){ .limit = PAGE + 1 });
	image_refused(-EINVAL, format("area 1: limit %zu is over max %zu", 13 * PAGE, 12 * PAGE),
		      (struct shim_image_area){ .limit = 13 * PAGE });
	image_refused(-EINVAL,
		      format("area 1: length 2 at offset %zu is over limit %zu", PAGE - 1, PAGE),
		      (struct shim_image_area){
			      .source = &byte, .length = 2, .offset = PAGE - 1, .limit = PAGE });
	image_refused(-EINVAL,
		      format("area 1: length 0 at offset %zu is over limit %zu", PAGE + 1, PAGE),
		      (struct shim_image_area){ .offset = PAGE + 1, .limit = PAGE });
	image_refused(-EOVERFLOW, "area 1: length 18446744073709551615 at offset 1 is over 64 bits",
		      (struct shim_image_area){
			      .source = &byte, .length = UINT64_MAX, .offset = 1, .limit = PAGE });
}

TEST("image arguments")
{
	struct shim_image_area areas[3] = { 0 };
	uint32_t image;

	start();
	must_fail(-EINVAL, "area_count 1 is not the pool's 2",
		  shim_image_create(pool, 1, areas, 1, &image));
	must_fail(-EINVAL, "area_count 3 is not the pool's 2",
		  shim_image_create(pool, 1, areas, 3, &image));
	must_fail(-EFAULT, "areas is NULL", shim_image_create(pool, 1, NULL, 2, &image));
	must_fail(-EFAULT, "image is NULL", shim_image_create(pool, 1, areas, 2, NULL));
	must_fail(-EFAULT, "image is NULL", shim_image_snapshot(pool, 1, 0, NULL));
	must_fail(-ENOENT, "slot 9 is not under the pool's 4",
		  shim_image_snapshot(pool, 1, 9, &image));
	must_fail(-ENOENT, "image 0 is not in the pool", shim_image_destroy(pool, SHIM_IMAGE_NONE));
	must_fail(-ENOENT, "image 4294967295 is not in the pool",
		  shim_image_destroy(pool, UINT32_MAX));
}

TEST("a source that cannot be read is EFAULT, and no image is left of it")
{
	struct shim_image_area areas[2] = { { .limit = 2 * PAGE }, { .limit = 0 } };
	uint32_t image = 99;

	start();
	areas[0].length = 2 * PAGE;
	test_err(-EFAULT, shim_image_create(pool, 1, areas, 2, &image));
	test_ok(strstr(shim_error(), "cannot be read"));
	/* Good at first, then a guard. */
	areas[0].source = (const char *)area_at(pool, 0, 0) + 3 * PAGE;
	test_err(-EFAULT, shim_image_create(pool, 1, areas, 2, &image));
	test_eq(image, 99);
}

TEST("query")
{
	struct shim_slot_info info = { .size = sizeof(info) };

	start();
	must_fail(-EFAULT, "info is NULL", shim_slot_query(pool, 0, NULL));
	must_fail(-ENOENT, "slot 4 is not under the pool's 4", shim_slot_query(pool, 4, &info));
}

TEST("an address that is none is NULL")
{
	start();
	test_ok(!shim_slot_address(pool, 4, 0));
	test_ok(!shim_slot_address(pool, 0, 2));
	test_ok(!shim_slot_address(pool, UINT32_MAX, UINT32_MAX));
}

static void *other_thread(void *unused)
{
	(void)unused;
	test_str(shim_error(), "");
	test_err(-ENOENT, shim_image_destroy(pool, 2));
	test_str(shim_error(), "image 2 is not in the pool");
	return NULL;
}

TEST("each thread has its own message")
{
	pthread_t thread;

	start();
	test_err(-ENOENT, shim_image_destroy(pool, 1));
	test_eq(pthread_create(&thread, NULL, other_thread, NULL), 0);
	pthread_join(thread, NULL);
	test_str(shim_error(), "image 1 is not in the pool");
}

TEST_MAIN()
