// SPDX-License-Identifier: MIT
// Slots work where a filter of system calls refuses what they can do without; else an error says what.
#include "slot_test.h"

#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "child.h"
#include "seccomp.h"

#ifndef MADV_DONTNEED_LOCKED
#define MADV_DONTNEED_LOCKED 24
#endif
#define PAGEMAP_SCAN_NUMBER ((uint32_t)_IOWR('f', 16, char[96]))

static const int errors[] = { ENOSYS, EPERM };

/* Before the pool is made, and after it was. */
static void works_with(void (*filter)(int error))
{
	struct shim_pool_config config = config_default();

	for (size_t i = 0; i < ARRAY_SIZE(errors); i++)
		in_child({
			struct shim_pool *pool = pool_create(&config);

			operations_work(pool, &config);
			dirty_all(pool, 2, 7);
			filter(errors[i]);
			reset(pool, 2);
			operations_work(pool, &config);
			pool_destroy(pool);
			operations_work_anew();
		});
}

static void refuse_memfd(int error)
{
	seccomp_refuse(SYS_memfd_create, error);
}

TEST("without memfd_create()")
{
	works_with(refuse_memfd);
}

static void refuse_seals(int error)
{
	seccomp_refuse_if(SYS_fcntl, 1, F_ADD_SEALS, error);
}

TEST("without seals")
{
	works_with(refuse_seals);
}

static void refuse_holes(int error)
{
	seccomp_refuse(SYS_fallocate, error);
}

TEST("without holes in files")
{
	works_with(refuse_holes);
}

static void refuse_scan(int error)
{
	seccomp_refuse_if(SYS_ioctl, 1, PAGEMAP_SCAN_NUMBER, error);
}

TEST("without PAGEMAP_SCAN")
{
	works_with(refuse_scan);
}

static void refuse_limits(int error)
{
	seccomp_refuse(SYS_prlimit64, error);
}

TEST("without getrlimit()")
{
	works_with(refuse_limits);
}

static void refuse_unlocking(int error)
{
	seccomp_refuse(SYS_munlock, error);
}

TEST("without munlock()")
{
	works_with(refuse_unlocking);
}

static void refuse_names(int error)
{
	seccomp_refuse(SYS_prctl, error);
}

TEST("without prctl(), and so without names of memory maps")
{
	works_with(refuse_names);
}

/* ---- before the pool is made --------------------------------------------------------- */

static void refuse_remap(int error)
{
	seccomp_refuse(SYS_mremap, error);
}

TEST("without mremap()")
{
	for (size_t i = 0; i < ARRAY_SIZE(errors); i++)
		in_child(refuse_remap(errors[i]); operations_work_anew());
}

TEST("without any advice but those that drop pages and keep maps from children")
{
	static const uint32_t needed[] = { MADV_DONTNEED, MADV_DONTFORK };
	uint64_t pages;
	uint32_t slot = 0;

	for (size_t i = 0; i < ARRAY_SIZE(errors); i++)
		in_child({
			struct shim_pool_config config = config_default();
			struct shim_pool *pool;

			seccomp_refuse_but(SYS_madvise, 2, needed, 2, errors[i]);
			pool = pool_create(&config);
			operations_work(pool, &config);
			must(shim_slot_prefault_range(pool, &slot, 1, 0, 0, 2 * PAGE, &pages,
						      NULL));
			test_bytes((const void *)area_at(pool, 0, 0), 0, 2 * PAGE);
		});
}

TEST("a pool that cannot be kept from children is refused, and says so")
{
	struct shim_pool_config config = config_default();
	struct shim_pool *pool;
	int error;

	seccomp_refuse_if(SYS_madvise, 2, MADV_DONTFORK, EPERM);
	error = shim_pool_create(&config, &pool);
	if (config.backend == SHIM_BACKEND_DEVICE) {
		test_err(0, error);
		return;
	}
	test_err(-EPERM, error);
	test_ok(strstr(shim_error(), "cannot be kept from fork"));
}

TEST_MAIN()
