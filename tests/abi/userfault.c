// SPDX-License-Identifier: MIT
// A process that write-protects slot memory through userfaultfd keeps a slot that works.
/*
 * Where the kernel allows it: no touch hangs, no byte is lost, and no write reaches an
 * image.
 */
#include "test.h"

#include <sys/ioctl.h>
#include <sys/syscall.h>

#include "abi.h"
#include "image.h"
#include "memory.h"
#include "pool.h"
#include "uffd.h"

/* The descriptor, or -errno where the kernel keeps slot memory out of it. */
static int watch(struct pool *pool)
{
	struct uffdio_api api = {
		.api = UFFD_API,
		.features = UFFD_FEATURE_WP_ASYNC | UFFD_FEATURE_WP_UNPOPULATED,
	};
	struct uffdio_register range = {
		.range = { (uintptr_t)pool->base, pool->geometry.out_map_size },
		.mode = UFFDIO_REGISTER_MODE_WP,
	};
	int fd = (int)syscall(SYS_userfaultfd, O_CLOEXEC | UFFD_USER_MODE_ONLY);

	if (fd < 0 || ioctl(fd, UFFDIO_API, &api) || ioctl(fd, UFFDIO_REGISTER, &range)) {
		test_note("no write protection of slot memory here: %s", strerror(errno));
		return -errno;
	}
	return fd;
}

static void protect(int fd, struct pool *pool, bool on)
{
	struct uffdio_writeprotect range = {
		.range = { (uintptr_t)pool->base, pool->geometry.out_map_size },
		.mode = on ? UFFDIO_WRITEPROTECT_MODE_WP : 0,
	};

	test_sys(ioctl(fd, UFFDIO_WRITEPROTECT, &range));
}

TEST("a page that was never touched can be touched after it was protected")
{
	struct pool pool = pool_small(2);
	int fd = watch(&pool);

	test_timeout(5);
	if (fd >= 0)
		protect(fd, &pool, true);
	test_eq(peek(area_at(&pool, 0, 0)), 0);
	poke(area_at(&pool, 0, 0), 1);
	poke(area_at(&pool, 1, 1), 2);
	test_eq(peek(area_at(&pool, 0, 0)), 1);
	test_eq(peek(area_at(&pool, 1, 1)), 2);
}

TEST("protected pages are still private, shared, reset and purged as ever")
{
	struct pool pool = pool_small(3);
	uint32_t image = image_filled(&pool, 1, 0x33, 4);
	int fd;

	test_timeout(5);
	for (uint32_t slot = 0; slot < 3; slot++)
		test_rebind(&pool, slot, image);
	test_eq(peek(area_at(&pool, 0, 0)), 0x33);
	test_eq(peek(area_at(&pool, 1, 0)), 0x33);
	poke(area_at(&pool, 0, 0) + PAGE, 1);
	fd = watch(&pool);
	for (int round = 0; round < 3; round++) {
		if (fd >= 0)
			protect(fd, &pool, round != 1);
		poke(area_at(&pool, 0, 0), 1);
		poke(area_at(&pool, 0, 0) + PAGE, 2);
		test_eq(peek(area_at(&pool, 0, 0)), 1);
		test_eq(peek(area_at(&pool, 0, 0) + PAGE), 2);
		test_bytes(area_at(&pool, 1, 0), 0x33, 4 * PAGE);
		test_reset(&pool, 0);
		test_bytes(area_at(&pool, 0, 0), 0x33, 4 * PAGE);
		if (fd >= 0)
			protect(fd, &pool, true);
		test_purge(&pool, 0);
		test_bytes(area_at(&pool, 0, 0), 0x33, 4 * PAGE);
	}
	if (fd >= 0)
		test_sys(close(fd));
	poke(area_at(&pool, 0, 0), 4);
	test_eq(peek(area_at(&pool, 1, 0)), 0x33);
}

TEST("a guard that was protected is still a guard")
{
	struct pool pool = pool_small(1);
	uint8_t *limit = area_at(&pool, 0, 0) + 4 * PAGE;
	int fd = watch(&pool);

	test_timeout(5);
	if (fd >= 0)
		protect(fd, &pool, true);
	test_signal(SIGSEGV, limit, peek(limit));
	test_signal(SIGSEGV, pool.base, poke(pool.base, 1));
}

TEST_MAIN()
