// SPDX-License-Identifier: MIT
// What a program can see of the backend, beside what it asked for, is what libshim(7) says.
#include "slot_test.h"

#include <sys/syscall.h>
#include <sys/uio.h>

#define MPOL_BIND 2

static bool is_device_backend(void)
{
	return backend_get() == SHIM_BACKEND_DEVICE;
}

static siginfo_t seen;
static sigjmp_buf back;

static void note(int number, siginfo_t *info, void *context)
{
	(void)number;
	(void)context;
	seen = *info;
	siglongjmp(back, 1);
}

static void guard_is_hit(volatile unsigned char *at)
{
	struct sigaction action = { .sa_sigaction = note, .sa_flags = SA_SIGINFO };

	test_sys(sigaction(SIGSEGV, &action, NULL));
	seen.si_code = 0;
	if (!sigsetjmp(back, 1))
		*at = 1;
	test_eq((uintptr_t)seen.si_addr, (uintptr_t)at);
	test_eq(seen.si_code, is_device_backend() ? SEGV_MAPERR : SEGV_ACCERR);
}

TEST("the signal of a guard hit has the address, and the backend's code")
{
	struct shim_pool_config config = config_default();
	struct shim_pool *pool = pool_create(&config);

	guard_is_hit(area_at(pool, 0, 0) + config.areas[0].initial + 5);
	guard_is_hit(area_at(pool, 0, 0) + config.areas[0].reserve + 7);
	resize(pool, 0, 0, config.areas[0].max);
	dirty_all(pool, 0, 3);
	resize(pool, 0, 0, PAGE);
	guard_is_hit(area_at(pool, 0, 0) + PAGE);
}

static long bind_to_node(volatile unsigned char *at, size_t length)
{
	unsigned long node = 1;

	return syscall(SYS_mbind, at, length, MPOL_BIND, &node, 8 * sizeof(node), 0);
}

static bool has_nodes(void)
{
	return bind_to_node(NULL, 0) == 0;
}

TEST_WHEN(has_nodes, "mbind() on slots succeeds, and they work as before")
{
	struct shim_pool_config config = config_default();
	struct shim_pool *pool = pool_create(&config);

	test_sys(bind_to_node(area_at(pool, 0, 0), config.areas[0].initial));
	operations_work(pool, &config);
}

TEST("slot memory can be put into a pipe with one backend, and is copied into it with both")
{
	static unsigned char bytes[PAGE_MAX];
	struct shim_pool *pool = pool_default();
	volatile unsigned char *at = area_at(pool, 0, 0);
	struct iovec page = { (void *)at, PAGE };
	int pipes[2];

	fill(at, PAGE, 4);
	test_sys(pipe(pipes));
	if (is_device_backend()) {
		test_sys_err(-EFAULT, vmsplice(pipes[1], &page, 1, 0));
	} else {
		test_eq(vmsplice(pipes[1], &page, 1, 0), PAGE);
		test_eq(read(pipes[0], bytes, PAGE), PAGE);
		test_mem(bytes, (const void *)at, PAGE);
	}
	test_eq(write(pipes[1], (const void *)at, PAGE), PAGE);
	reset(pool, 0);
	test_eq(read(pipes[0], bytes, PAGE), PAGE);
	for (size_t i = 0; i < PAGE; i++)
		test_eq(bytes[i], noise(i, 4));
}

TEST_MAIN()
