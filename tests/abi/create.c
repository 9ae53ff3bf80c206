// SPDX-License-Identifier: MIT
// CREATE takes every geometry within the limits of INFO, once for each open file.
/*
 * Any other geometry is refused with the right errno, and the file can still be given a
 * good one afterwards.
 */
#include "test.h"

#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "abi.h"
#include "memory.h"
#include "pool.h"

static struct guardslot_info info(void)
{
	struct guardslot_info info = { 0 };
	int fd = test_success(device_open());

	test_info(fd, &info);
	test_sys(close(fd));
	return info;
}

/* One area of a page with a page of guard. */
static struct guardslot_create tiny_geometry(void)
{
	return (struct guardslot_create){
		.slots = 1,
		.area_count = 1,
		.areas[0] = { PAGE, PAGE, PAGE, PAGE },
	};
}

/* The geometry is refused, and the same file takes a good one afterwards. */
static void test_refused_once(int error, struct guardslot_create geometry, const char *file,
			      int line)
{
	struct guardslot_create good = tiny_geometry();
	int fd = test_success(device_open());
	int ret = do_create(fd, &geometry);

	if (ret != error)
		tap_fail(file, line, "got %d, expected %d", ret, error);
	test_sys_err(-ENOENT, (long)mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 0));
	test_create(fd, &good);
	test_eq(good.out_map_size, 2 * PAGE);
	test_sys(close(fd));
}

#define test_refused(error, geometry) test_refused_once(error, geometry, __FILE__, __LINE__)

TEST("INFO works before CREATE and gives limits that make sense")
{
	struct guardslot_info limits = info();

	test_eq(limits.out_abi_version, GUARDSLOT_ABI_VERSION);
	test_eq(limits.out_page_size, PAGE);
	test_eq(limits.out_max_areas, GUARDSLOT_MAX_AREAS);
	test_ok(limits.out_max_slots >= 1000);
	test_ok(limits.out_max_vector >= 1000);
	test_ok(limits.out_max_map_size >= 1ull << 40);
	test_eq(limits.out_max_map_size % PAGE, 0);
	test_ok(limits.out_claim_stride >= sizeof(uint32_t));
	test_ok(limits.out_features & GUARDSLOT_FEATURE_SNAPSHOT);
}

TEST("INFO gives the same after CREATE")
{
	struct pool pool = pool_small(1);
	struct guardslot_info before = info(), after = { 0 };

	test_info(pool.fd, &after);
	test_mem(&after, &before, sizeof(after));
}

TEST("a second CREATE on one file is EBUSY and changes nothing")
{
	struct pool pool = pool_small(2);
	struct guardslot_create other = tiny_geometry(), bad = { 0 };
	struct guardslot_query query;

	test_err_create(-EBUSY, pool.fd, &other);
	test_query(&pool, 1, &query);
	test_eq(query.out_limit[1], pool.geometry.areas[1].initial);
	poke(area_at(&pool, 1, 1), 1);
	test_err_create(-EINVAL, pool.fd, &bad);
}

TEST("two files are two pools")
{
	struct pool a = pool_small(1), b = pool_small(1);

	poke(area_at(&a, 0, 0), 5);
	test_eq(peek(area_at(&b, 0, 0)), 0);
}

TEST("the layout is what the geometry says, areas and guards in order")
{
	struct pool pool = pool_small(3);
	const struct guardslot_create *g = &pool.geometry;

	test_eq(g->out_area_offset[0], 0);
	test_eq(g->out_area_offset[1], 23 * PAGE);
	test_eq(g->out_stride, 29 * PAGE);
	test_eq(g->out_map_size, 2 * PAGE + 3 * 29 * PAGE);
	test_eq(g->out_claim_offset % PAGE, 0);
	test_ok(g->out_claim_offset >= g->out_map_size);
	test_ok(g->out_claim_size >= 3 * pool.claim_stride);
	for (int i = 2; i < GUARDSLOT_MAX_AREAS; i++)
		test_eq(g->out_area_offset[i], 0);
}

TEST("16 areas, areas with max 0 and pools without any guard work")
{
	struct guardslot_create geometry = { .slots = 2, .area_count = 16 };
	struct pool pool;

	for (uint32_t i = 0; i < 16; i++)
		geometry.areas[i] = (struct guardslot_area){ PAGE, 0, PAGE, PAGE };
	geometry.areas[3].max = 0;
	geometry.areas[3].initial = 0;
	pool = pool_map(&geometry);
	test_eq(pool.geometry.out_stride, 16 * PAGE);
	for (uint32_t i = 0; i < 32; i++)
		if (i % 16 != 3)
			poke(area_at(&pool, i / 16, i % 16), (uint8_t)(i + 1));
	for (uint32_t i = 0; i < 32; i++)
		if (i % 16 != 3)
			test_eq(peek(area_at(&pool, i / 16, i % 16)), i + 1);
	test_signal(SIGSEGV, area_at(&pool, 0, 3), peek(area_at(&pool, 0, 3)));
	test_err_resize(-EINVAL, &pool, 0, 3, PAGE);
}

TEST("the highest slot count that INFO gives can be had")
{
	struct guardslot_create geometry = tiny_geometry();
	struct pool pool;

	geometry.slots = info().out_max_slots;
	pool = pool_map(&geometry);
	poke(area_at(&pool, geometry.slots - 1, 0), 9);
	atomic_store(claim_word(&pool, geometry.slots - 1), GUARDSLOT_IDLE);
	test_eq(resident_of(&pool, geometry.slots - 1), 1);
	test_reset(&pool, geometry.slots - 1);
	test_eq(peek(area_at(&pool, geometry.slots - 1, 0)), 0);
	pool_close(&pool);
}

TEST("a slot that alone nearly fills the address space can be had, and no page more")
{
	uint64_t longest = info().out_max_map_size;
	struct guardslot_create geometry = tiny_geometry();
	struct pool pool;

	geometry.areas[0] = (struct guardslot_area){ longest - PAGE, PAGE, longest - PAGE, PAGE };
	pool = pool_create(&geometry);
	test_eq(pool.geometry.out_map_size, longest);
	pool.base = map_shared(pool.fd, PAGE, 0);
	poke(pool.base, 1);
	test_resize(&pool, 0, 0, longest - PAGE);
	test_resize(&pool, 0, 0, 0);
	test_signal(SIGSEGV, pool.base, peek(pool.base));

	geometry.areas[0].guard += PAGE;
	test_refused(-EOVERFLOW, geometry);
}

TEST("slot and area counts out of range are EINVAL")
{
	struct guardslot_create geometry = tiny_geometry();

	geometry.slots = 0;
	test_refused(-EINVAL, geometry);
	geometry.slots = info().out_max_slots + 1;
	test_refused(-EINVAL, geometry);
	geometry.slots = UINT32_MAX;
	test_refused(-EINVAL, geometry);

	geometry = tiny_geometry();
	geometry.area_count = 0;
	test_refused(-EINVAL, geometry);
	geometry.area_count = 17;
	test_refused(-EINVAL, geometry);
	geometry.area_count = UINT32_MAX;
	test_refused(-EINVAL, geometry);
}

TEST("each size that is no multiple of the page size is EINVAL")
{
	struct guardslot_create good = small_geometry(2);
	__u64 *const sizes[] = {
		&good.pre_guard,	&good.max_resident,	&good.keep_resident,
		&good.areas[0].reserve, &good.areas[0].guard,	&good.areas[0].max,
		&good.areas[0].initial, &good.areas[1].reserve, &good.areas[1].guard,
		&good.areas[1].max,	&good.areas[1].initial,
	};

	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		const __u64 value = *sizes[i];

		*sizes[i] = value + 1;
		test_refused(-EINVAL, good);
		*sizes[i] = value + PAGE / 2;
		test_refused(-EINVAL, good);
		*sizes[i] = value + PAGE - 1;
		test_refused(-EINVAL, good);
		*sizes[i] = value;
	}
	test_create(test_success(device_open()), &good);
}

TEST("an area with reserve 0, max past reserve or initial past max is EINVAL")
{
	for (uint32_t i = 0; i < 2; i++) {
		struct guardslot_create geometry = small_geometry(1);
		struct guardslot_area *area = &geometry.areas[i];

		*area = (struct guardslot_area){ 0, PAGE, 0, 0 };
		test_refused(-EINVAL, geometry);
		*area = (struct guardslot_area){ 2 * PAGE, PAGE, 3 * PAGE, PAGE };
		test_refused(-EINVAL, geometry);
		*area = (struct guardslot_area){ 2 * PAGE, PAGE, PAGE, 2 * PAGE };
		test_refused(-EINVAL, geometry);
		*area = (struct guardslot_area){ 2 * PAGE, PAGE, -PAGE, -PAGE };
		test_refused(-EINVAL, geometry);
	}
}

TEST("each field of an area past the count must be 0")
{
	for (uint32_t area = 1; area < GUARDSLOT_MAX_AREAS; area++) {
		for (uint32_t field = 0; field < 4; field++) {
			struct guardslot_create geometry = tiny_geometry();

			memcpy((uint64_t *)&geometry.areas[area] + field, &(uint64_t){ PAGE }, 8);
			test_refused(-EINVAL, geometry);
		}
	}
}

TEST("each sum and product that does not fit is EOVERFLOW")
{
	const uint64_t huge = -PAGE; /* as many whole pages as 64 bits hold */
	struct guardslot_create geometry;

	geometry = tiny_geometry();
	geometry.pre_guard = huge;
	test_refused(-EOVERFLOW, geometry);

	geometry = tiny_geometry();
	geometry.areas[0].guard = huge;
	test_refused(-EOVERFLOW, geometry);

	geometry = tiny_geometry();
	geometry.areas[0].reserve = huge;
	test_refused(-EOVERFLOW, geometry);
	geometry.areas[0].max = huge;
	geometry.areas[0].initial = huge;
	test_refused(-EOVERFLOW, geometry);

	/* In bytes, not in pages, the sum is 2 ^ 64 + a page. */
	geometry = tiny_geometry();
	geometry.area_count = 2;
	geometry.areas[0].guard = 1ull << 63;
	geometry.areas[1] = (struct guardslot_area){ PAGE, 1ull << 63, PAGE, PAGE };
	test_refused(-EOVERFLOW, geometry);

	/* In bytes the product is 2 ^ 64, and 2 ^ 64 + some. */
	geometry = tiny_geometry();
	geometry.slots = 1 << 16;
	geometry.areas[0].guard = (1ull << 48) - PAGE;
	test_refused(-EOVERFLOW, geometry);
	geometry.areas[0].guard += PAGE;
	test_refused(-EOVERFLOW, geometry);

	/* Slots alone fit, with the pre-guard they do not. */
	geometry = tiny_geometry();
	geometry.areas[0].guard = info().out_max_map_size - PAGE;
	test_create(test_success(device_open()), &geometry);
	geometry.pre_guard = PAGE;
	test_refused(-EOVERFLOW, geometry);
	geometry.pre_guard = huge;
	test_refused(-EOVERFLOW, geometry);
}

TEST("a wrong value is named before an overflow")
{
	struct guardslot_create geometry = tiny_geometry();

	geometry.areas[0].guard = -PAGE;
	geometry.areas[0].initial = 1;
	test_refused(-EINVAL, geometry);
	geometry.areas[0].initial = 0;
	geometry.max_resident = 1;
	test_refused(-EINVAL, geometry);
	geometry.max_resident = 0;
	geometry.keep_resident = 1;
	test_refused(-EINVAL, geometry);
	geometry.keep_resident = 0;
	geometry.areas[7].max = PAGE;
	test_refused(-EINVAL, geometry);
}

TEST("of many CREATEs at once on one file one succeeds")
{
	int fd = test_success(device_open()), won = 0, status;
	pid_t children[8];

	for (size_t i = 0; i < ARRAY_SIZE(children); i++) {
		struct guardslot_create geometry = tiny_geometry();

		children[i] = fork();
		test_sys(children[i]);
		if (children[i] == 0)
			_exit(-do_create(fd, &geometry));
	}
	for (size_t i = 0; i < ARRAY_SIZE(children); i++) {
		test_eq(waitpid(children[i], &status, 0), children[i]);
		test_ok(WIFEXITED(status));
		if (WEXITSTATUS(status) == 0)
			won++;
		else
			test_eq(WEXITSTATUS(status), EBUSY);
	}
	test_eq(won, 1);
}

TEST_MAIN()
