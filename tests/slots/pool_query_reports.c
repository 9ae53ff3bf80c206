// SPDX-License-Identifier: MIT
// A pool says what it is and what it has, and why it has the backend that it has.
#include "slot_test.h"

static struct shim_pool_info info_of(struct shim_pool *pool)
{
	struct shim_pool_info info = { .size = sizeof(info) };

	must(shim_pool_query(pool, &info));
	return info;
}

TEST("the geometry is that of the config, and of the addresses of slots")
{
	struct shim_pool_config config = config_default();
	struct shim_pool *pool = pool_create(&config);
	struct shim_pool_info info = info_of(pool);

	test_eq(info.size, sizeof(info));
	test_eq(info.backend, backend_get());
	test_eq(info.slots, config.slots);
	test_eq(info.area_count, config.area_count);
	test_eq(info.page_size, PAGE);
	test_eq(info.max_vector, SHIM_MAX_VECTOR);
	test_eq((uintptr_t)info.start + config.pre_guard, (uintptr_t)area_at(pool, 0, 0));
	test_eq(info.stride, (uintptr_t)area_at(pool, 1, 0) - (uintptr_t)area_at(pool, 0, 0));
	test_eq(info.map_size, config.pre_guard + config.slots * info.stride);
	test_str(info.reason, "");
}

TEST("its images and private pages are counted")
{
	struct shim_pool_config config = config_default();
	struct shim_pool *pool = pool_create(&config);
	struct model model;

	test_eq(info_of(pool).images, 0);
	test_eq(info_of(pool).resident, 0);
	image_noise(pool, &config, 1, 1, &model);
	test_eq(info_of(pool).images, 1);
	test_ok(info_of(pool).image_bytes >= PAGE);
	if (backend_is("mmap-noproc"))
		return;
	area_at(pool, 0, 0)[0] = 1;
	area_at(pool, 3, 0)[0] = 1;
	test_eq(info_of(pool).resident, 2 * PAGE);
	purge(pool, 0);
	test_eq(info_of(pool).resident, PAGE);
}

TEST("the device's pool has a descriptor and an id, and no two have the same")
{
	struct shim_pool *pools[] = { pool_default(), pool_default() };
	struct shim_pool_info a = info_of(pools[0]), b = info_of(pools[1]);

	if (backend_is("device")) {
		test_ok(a.descriptor > 2 && b.descriptor > 2 && a.descriptor != b.descriptor);
		test_ok(a.id && b.id && a.id != b.id);
	} else {
		test_eq(a.descriptor, -1);
		test_eq(a.id, 0);
	}
}

TEST("a later version's struct ends in zeroes, the first one's is filled, a shorter one not")
{
	struct {
		struct shim_pool_info info;
		uint64_t later;
	} longer = { .info.size = sizeof(longer), .later = 7 };
	struct shim_pool_info first = { .size = offsetof(struct shim_pool_info, waiting) };
	struct shim_pool_info shorter = { .size = first.size - 8 };
	struct shim_pool *pool = pool_default();

	must(shim_pool_query(pool, &longer.info));
	test_eq(longer.info.size, sizeof(longer));
	test_eq(longer.info.slots, 4);
	test_eq(longer.later, 0);
	first.waiting = 7;
	must(shim_pool_query(pool, &first));
	test_eq(first.slots, 4);
	test_eq(first.waiting, 7);
	test_err(-EINVAL, shim_pool_query(pool, &shorter));
}

/* ---- which backend ------------------------------------------------------------------------ */

static enum shim_backend best(const char *name, const char **reason)
{
	struct shim_pool_config config = config_default();
	struct shim_pool *pool;

	if (name)
		setenv("GUARDSLOT_BACKEND", name, 1);
	else
		unsetenv("GUARDSLOT_BACKEND");
	config.backend = SHIM_BACKEND_BEST;
	pool = pool_create(&config);
	*reason = info_of(pool).reason;
	return shim_pool_backend(pool);
}

TEST("the best backend is the device where there is one, else the reason is told")
{
	const char *reason;

	if (backend_is("device")) {
		test_eq(best(NULL, &reason), SHIM_BACKEND_DEVICE);
		test_str(reason, "");
	} else if (access("/dev/guardslot", F_OK)) {
		test_eq(best("", &reason), SHIM_BACKEND_MMAP);
		test_str(reason,
			 "/dev/guardslot: No such file or directory (is the module loaded?)");
	}
}

TEST("GUARDSLOT_BACKEND says which is the best one, and changes no other choice")
{
	struct shim_pool_config config = config_default();
	const char *reason;
	struct shim_pool *pool;

	test_eq(best("mmap", &reason), SHIM_BACKEND_MMAP);
	test_str(reason, "");
	test_eq(shim_pool_backend(pool_create(&config)), backend_get());
	setenv("GUARDSLOT_BACKEND", "none", 1);
	config.backend = SHIM_BACKEND_BEST;
	must_fail(-EINVAL, "GUARDSLOT_BACKEND is \"none\", not device or mmap",
		  shim_pool_create(&config, &pool));
}

/* ---- the caller's descriptor --------------------------------------------------------------- */

TEST("a pool is made on a file that the caller opened, and closed with it")
{
	struct shim_pool_config config = config_default();
	struct shim_pool *pool;
	int fd;

	config.flags = SHIM_POOL_DESCRIPTOR;
	config.descriptor = fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	test_sys(fd);
	if (!backend_is("device")) {
		test_err(-EINVAL, shim_pool_create(&config, &pool));
		test_ok(strstr(shim_error(), "the mmap backend has no device"));
		return;
	}
	test_err(-ENODEV, shim_pool_create(&config, &pool));
	test_sys(close(fd));
	test_err(-EBADF, shim_pool_create(&config, &pool));

	config.descriptor = fd = open("/dev/guardslot", O_RDWR | O_CLOEXEC);
	test_sys(fd);
	pool = pool_create(&config);
	test_ok(info_of(pool).descriptor != fd);
	test_err(-EBUSY, shim_pool_create(&config, &pool));
	test_sys(close(fd));
	dirty_all(pool, 0, 1);
	reset(pool, 0);
	test_eq(area_at(pool, 0, 0)[0], 0);
	config.flags = 0;
	test_err(-EINVAL, shim_pool_create(&config, &pool));
}

TEST_MAIN()
