// SPDX-License-Identifier: MIT
// Slots work under the limits of setrlimit(), or a call fails, says which, and leaves no hole.
#include "slot_test.h"

#include <sys/mman.h>
#include <sys/resource.h>

#include "file.h"
#include "vmas.h"

static struct shim_pool_config config;
static struct shim_pool *pool;

static void limit_set(int resource, uint64_t limit)
{
	struct rlimit now;

	test_sys(getrlimit(resource, &now));
	now.rlim_cur = limit;
	test_sys(setrlimit(resource, &now));
}

static uint64_t status(const char *word)
{
	return (uint64_t)get_number("/proc/self/status", word) << 10;
}

static uint64_t slab_size(void)
{
	uint64_t slot = 0;

	for (uint32_t i = 0; i < config.area_count; i++)
		slot += config.areas[i].reserve + config.areas[i].guard;
	return config.pre_guard + config.slots * slot;
}

static void vma_follows(const struct vma *vma, void *data)
{
	uint64_t *at = data;

	if (vma->start > *at)
		test_fail("a hole from %#" PRIx64 " to %#" PRIx64, *at, vma->start);
	*at = vma->end;
}

/* Something else would be mapped into a hole, and a tenant could reach it. */
static void slab_has_no_hole(void)
{
	uint64_t start = (uintptr_t)area_at(pool, 0, 0) - config.pre_guard, at = start;

	vma_walk(start, start + slab_size(), vma_follows, &at);
	test_ok(at >= start + slab_size());
}

/* ---- RLIMIT_AS ------------------------------------------------------------------------- */

TEST("too little address space for the slab: an error that says so")
{
	struct shim_pool *made;

	config = config_default();
	config.areas[0].reserve = UINT64_C(1) << 30;
	limit_set(RLIMIT_AS, status("VmSize") + (UINT64_C(1) << 30));
	test_err(-ENOMEM, shim_pool_create(&config, &made));
	test_ok(strstr(shim_error(), "address space"));
	test_ok(strstr(shim_error(), "RLIMIT_AS"));
}

TEST("enough address space")
{
	config = config_default();
	limit_set(RLIMIT_AS, status("VmSize") + slab_size() + (8 << 20));
	pool = pool_create(&config);
	operations_work(pool, &config);
	slab_has_no_hole();
}

/* The kernel then refuses any new map. */
static void space_ends(void)
{
	limit_set(RLIMIT_AS, 16 * PAGE);
	test_ok(mmap(NULL, PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED);
}

TEST("less address space than is in use already: calls work or fail, without a hole")
{
	uint32_t slot = 0, image;
	struct model model;
	int error;

	config = config_default();
	pool = pool_create(&config);
	image = image_noise(pool, &config, 1, 3, &model);
	rebind(pool, 0, image);
	resize(pool, 0, 0, config.areas[0].max);
	resize(pool, 1, 0, config.areas[0].max);
	dirty_all(pool, 0, 9);
	space_ends();
	error = shim_slot_resize(pool, 1, 0, PAGE, NULL);
	test_ok(error == 0 || error == -ENOMEM);
	slab_has_no_hole();
	for (unsigned int round = 0; round < 2; round++) {
		error = shim_slot_reset(pool, &slot, 1, NULL);
		test_ok(error == 0 || error == -ENOMEM);
		slab_has_no_hole();
		error = shim_slot_purge(pool, &slot, 1, NULL);
		test_ok(error == 0 || error == -ENOMEM);
		slab_has_no_hole();
	}
	error = shim_slot_rebind(pool, &slot, 1, SHIM_IMAGE_NONE, NULL);
	test_ok(error == 0 || error == -ENOMEM);
	slab_has_no_hole();

	limit_set(RLIMIT_AS, RLIM_INFINITY);
	rebind(pool, 0, image);
	model_check(pool, 0, &model);
	reset(pool, 1);
	operations_work(pool, &config);
	slab_has_no_hole();
}

/* ---- RLIMIT_DATA ------------------------------------------------------------------------ */

TEST("growth past RLIMIT_DATA fails and says so, and the slot stays as it was")
{
	const uint64_t large = UINT64_C(64) << 20;
	uint64_t initial;
	int error;

	config = config_default();
	config.areas[0].reserve = large;
	config.areas[0].max = large;
	pool = pool_create(&config);
	operations_work(pool, &config);
	initial = config.areas[0].initial;
	dirty_all(pool, 0, 7);
	limit_set(RLIMIT_DATA, status("VmData") + large / 2);
	error = shim_slot_resize(pool, 0, 0, large, NULL);
	if (config.backend == SHIM_BACKEND_MMAP) {
		test_err(-ENOMEM, error);
		test_ok(strstr(shim_error(), "RLIMIT_DATA"));
		test_eq(query(pool, 0).limit[0], initial);
		touches_fault(area_at(pool, 0, 0) + initial);
	} else {
		test_err(0, error);
	}
	test_eq(area_at(pool, 0, 0)[77], noise(77, 7));
	for (unsigned int round = 0; round < 4; round++) {
		resize(pool, 1, 0, large / 4);
		area_at(pool, 1, 0)[large / 4 - 1] = 1;
		reset(pool, 1);
	}
	slab_has_no_hole();
}

/* ---- RLIMIT_FSIZE ------------------------------------------------------------------------- */

TEST("images that are larger than a file may be")
{
	signal(SIGXFSZ, SIG_DFL);
	limit_set(RLIMIT_FSIZE, PAGE);
	operations_work_anew();
	limit_set(RLIMIT_FSIZE, 0);
	operations_work_anew();
}

TEST_MAIN()
