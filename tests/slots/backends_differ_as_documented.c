// SPDX-License-Identifier: MIT
// What a program can see of the backend, beside what it asked for, is what libshim(7) says.
#include "slot_test.h"

#include <net/if.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#ifndef SO_ZEROCOPY
#define SO_ZEROCOPY 60
#endif
#ifndef MSG_ZEROCOPY
#define MSG_ZEROCOPY 0x4000000
#endif

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

TEST("protection that a program set ends with a purge on one backend, and stays on the other")
{
	struct shim_pool *pool = pool_default();
	volatile unsigned char *at = area_at(pool, 0, 0);

	fill(at, 2 * PAGE, 4);
	test_sys(mprotect((void *)at, PAGE, PROT_READ));
	purge(pool, 0);
	test_eq(at[0], 0);
	if (is_device_backend()) {
		writes_fault(at);
		test_sys(mprotect((void *)at, PAGE, PROT_READ | PROT_WRITE));
	}
	fill(at, 2 * PAGE, 5);
	reset(pool, 0);
	test_bytes((const void *)at, 0, 2 * PAGE);
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

/* Connected over the loopback device, which a guest does not have up. 0 where there is none. */
static bool sockets_connect(int ends[2])
{
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_addr = { htonl(INADDR_LOOPBACK) } };
	socklen_t length = sizeof(address);
	struct ifreq loopback = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	int listener = socket(AF_INET, SOCK_STREAM, 0), one = 1;

	ends[0] = socket(AF_INET, SOCK_STREAM, 0);
	if (getenv("GUARDSLOT_GUEST"))
		test_sys(ioctl(listener, SIOCSIFFLAGS, &loopback));
	if (setsockopt(ends[0], SOL_SOCKET, SO_ZEROCOPY, &one, sizeof(one)) ||
	    bind(listener, (struct sockaddr *)&address, length) || listen(listener, 1) ||
	    getsockname(listener, (struct sockaddr *)&address, &length) ||
	    connect(ends[0], (struct sockaddr *)&address, length))
		return false;
	ends[1] = accept(listener, NULL, NULL);
	close(listener);
	return ends[1] >= 0;
}

static bool has_zero_copy(void)
{
	int ends[2];

	return sockets_connect(ends);
}

TEST_WHEN(has_zero_copy,
	  "slot memory can be sent without a copy with one backend, and with one with both")
{
	static unsigned char bytes[PAGE_MAX];
	struct shim_pool *pool = pool_default();
	volatile unsigned char *at = area_at(pool, 0, 0);
	int ends[2];

	fill(at, PAGE, 4);
	test_ok(sockets_connect(ends));
	if (is_device_backend())
		test_sys_err(-EFAULT, send(ends[0], (const void *)at, PAGE, MSG_ZEROCOPY));
	else
		test_eq(send(ends[0], (const void *)at, PAGE, MSG_ZEROCOPY), PAGE);
	test_eq(send(ends[0], (const void *)at, PAGE, 0), PAGE);
	test_eq(recv(ends[1], bytes, PAGE, MSG_WAITALL), PAGE);
	test_mem(bytes, (const void *)at, PAGE);
}

TEST_MAIN()
