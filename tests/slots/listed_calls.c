// SPDX-License-Identifier: MIT
// Slots need no system calls but those that libshim(7) lists, and say so where one is refused.
#include "slot_test.h"

#include <sys/syscall.h>

#include "child.h"
#include "seccomp.h"

/* What becomes of slots where a call is refused, before their pool is made and after. */
enum outcome {
	UNUSED, /* it is not in the list of this backend */
	WORKS,
	NO_POOL,  /* shim_pool_create() fails, and says so */
	NO_IMAGE, /* shim_image_create() does */
};

/* In the order of the manual page. */
static const struct {
	const char *name;
	long number;
	enum outcome device, mmap;
} listed[] = {
	{ "openat", SYS_openat, NO_POOL, WORKS },
	{ "fcntl", SYS_fcntl, WORKS, WORKS },
	/* fstat() of the C library is one of these. */
	{ "fstat", SYS_fstat, NO_POOL, WORKS },
	{ "newfstatat", SYS_newfstatat, NO_POOL, WORKS },
	{ "ioctl", SYS_ioctl, NO_POOL, WORKS },
	{ "read", SYS_read, WORKS, WORKS },
	{ "close", SYS_close, WORKS, WORKS },
	{ "mmap", SYS_mmap, NO_POOL, NO_POOL },
	{ "madvise", SYS_madvise, WORKS, NO_POOL },
	{ "munmap", SYS_munmap, WORKS, WORKS },
	{ "munlock", SYS_munlock, WORKS, WORKS },
	{ "personality", SYS_personality, WORKS, WORKS },
	{ "getpid", SYS_getpid, WORKS, WORKS },
	{ "mprotect", SYS_mprotect, UNUSED, NO_POOL },
	{ "mremap", SYS_mremap, UNUSED, WORKS },
	{ "msync", SYS_msync, UNUSED, WORKS },
	{ "prlimit64", SYS_prlimit64, UNUSED, WORKS },
	{ "memfd_create", SYS_memfd_create, UNUSED, WORKS },
	{ "ftruncate", SYS_ftruncate, UNUSED, WORKS },
	{ "fallocate", SYS_fallocate, UNUSED, WORKS },
	{ "pwrite64", SYS_pwrite64, UNUSED, NO_IMAGE },
	{ "pread64", SYS_pread64, UNUSED, WORKS },
	{ "rt_sigprocmask", SYS_rt_sigprocmask, UNUSED, WORKS },
	{ "clock_gettime", SYS_clock_gettime, UNUSED, WORKS },
};

/* What the C library and the test itself need: memory, signals, and an end. */
static const long others[] = { SYS_brk,		 SYS_futex,	 SYS_rt_sigaction,
			       SYS_rt_sigreturn, SYS_gettid,	 SYS_tgkill,
			       SYS_write,	 SYS_exit_group, SYS_rt_sigprocmask };

static enum outcome outcome_of(size_t i)
{
	return backend_get() == SHIM_BACKEND_DEVICE ? listed[i].device : listed[i].mmap;
}

static void query_works(void)
{
	struct shim_pool *pool = pool_default();
	struct shim_pool_info info;

	shim_pool_info_init(&info);
	must(shim_pool_query(pool, &info));
	pool_destroy(pool);
}

/* musl makes other calls for the same, and allocates with mmap(). */
static bool calls_are_of_glibc(void)
{
#ifdef __GLIBC__
	return true;
#else
	return false;
#endif
}

TEST_WHEN(calls_are_of_glibc, "with the listed calls alone everything works")
{
	in_child({
		long calls[SECCOMP_MOST];
		unsigned int count = 0;

		for (size_t i = 0; i < ARRAY_SIZE(others); i++)
			calls[count++] = others[i];
		for (size_t i = 0; i < ARRAY_SIZE(listed); i++)
			if (outcome_of(i) != UNUSED)
				calls[count++] = listed[i].number;
		seccomp_allow_only(calls, count);
		operations_work_anew();
		query_works();
	});
}

static const int errors[] = { ENOSYS, EPERM };

/* A call failed because the system call did, whose error is in the message. */
static void says(int error, int expected)
{
	test_err(error, -expected);
	test_ok(strstr(shim_error(), strerror(expected)));
}

static void refused_before(size_t i, int error)
{
	struct shim_pool_config config = config_default();
	struct shim_image_area areas[2] = { { .source = "a", .length = 1, .limit = PAGE } };
	struct shim_pool *pool = NULL;
	uint32_t image;

	seccomp_refuse(listed[i].number, error);
	if (outcome_of(i) == NO_POOL) {
		int result = shim_pool_create(&config, &pool);

		/* Of the two stat calls the C library makes one. */
		if (result)
			says(result, error);
		else
			test_ok(strstr(listed[i].name, "stat"));
		return;
	}
	if (outcome_of(i) == WORKS) {
		operations_work_anew();
		query_works();
		return;
	}
	pool = pool_create(&config);
	says(shim_image_create(pool, 1, areas, 2, &image), error);
	dirty_all(pool, 0, 1);
	reset(pool, 0);
	test_bytes((const void *)area_at(pool, 0, 0), 0, 4 * PAGE);
}

TEST_WHEN(calls_are_of_glibc,
	  "a pool that is made where one of them is refused works, or is refused in words")
{
	for (size_t i = 0; i < ARRAY_SIZE(listed); i++)
		for (size_t k = 0; outcome_of(i) != UNUSED && k < ARRAY_SIZE(errors); k++) {
			test_context("%s, %s", listed[i].name, strerror(errors[k]));
			in_child(refused_before(i, errors[k]));
		}
}

TEST("and so does a pool that was made before")
{
	for (size_t i = 0; i < ARRAY_SIZE(listed); i++)
		for (size_t k = 0; outcome_of(i) == WORKS && k < ARRAY_SIZE(errors); k++) {
			test_context("%s, %s", listed[i].name, strerror(errors[k]));
			in_child({
				struct shim_pool_config config = config_default();
				struct shim_pool *pool = pool_create(&config);

				dirty_all(pool, 2, 7);
				seccomp_refuse(listed[i].number, errors[k]);
				reset(pool, 2);
				test_bytes((const void *)area_at(pool, 2, 0), 0, 4 * PAGE);
				operations_work(pool, &config);
				pool_destroy(pool);
			});
		}
}

TEST_MAIN()
