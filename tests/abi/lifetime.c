// SPDX-License-Identifier: MIT
// A pool lives as long as a file or a mapping of it does, in any process, and no longer.
/*
 * Exit, exec and SIGKILL at any moment leave nothing behind.
 */
#include "test.h"

#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "abi.h"
#include "child.h"
#include "image.h"
#include "memory.h"
#include "pool.h"

/* Who holds the module now: one for each open pool. */
static int module_users(void)
{
	int fd = open("/sys/module/guardslot/refcnt", O_RDONLY);
	char text[32] = "";

	test_sys(fd);
	test_ok(read(fd, text, sizeof(text) - 1) > 0);
	test_sys(close(fd));
	return atoi(text);
}

static void test_module_users(int expected)
{
	/* The last reference may be put a moment after the process is gone. */
	test_until(module_users() == expected);
}

TEST("the slots outlive the file as long as they are mapped")
{
	int users = module_users();
	struct pool pool = pool_small(2);

	poke(area_at(&pool, 1, 0), 0x11);
	test_sys(close(pool.fd));
	test_module_users(users + 1);
	test_eq(peek(area_at(&pool, 1, 0)), 0x11);
	poke(area_at(&pool, 0, 0) + PAGE, 0x12);
	test_signal(SIGSEGV, area_at(&pool, 0, 0) + 4 * PAGE,
		    peek(area_at(&pool, 0, 0) + 4 * PAGE));
	test_sys(munmap(pool.base, pool.geometry.out_map_size));
	test_module_users(users + 1);
	atomic_store(claim_word(&pool, 1), 5);
	test_sys(munmap(pool.claim, pool.geometry.out_claim_size));
	test_module_users(users);
}

TEST("one page that is still mapped keeps the pool alive")
{
	int users = module_users();
	struct pool pool = pool_small(2);
	uint8_t *at = area_at(&pool, 0, 0), *end = pool.base + pool.geometry.out_map_size;

	poke(at, 0x21);
	test_sys(close(pool.fd));
	test_sys(munmap(pool.claim, pool.geometry.out_claim_size));
	test_sys(munmap(pool.base, (size_t)(at - pool.base)));
	test_sys(munmap(at + PAGE, (size_t)(end - at) - PAGE));
	test_module_users(users + 1);
	test_eq(peek(at), 0x21);
	test_sys(munmap(at, PAGE));
	test_module_users(users);
}

TEST("a duplicate of the file is the same pool")
{
	struct pool pool = pool_small(1), twin = pool;

	twin.fd = dup(pool.fd);
	test_sys(twin.fd);
	poke(area_at(&pool, 0, 0), 1);
	test_sys(close(pool.fd));
	test_reset(&twin, 0);
	test_eq(peek(area_at(&twin, 0, 0)), 0);
	test_err_create(-EBUSY, twin.fd, &twin.geometry);
}

TEST("opening /proc/self/fd/N is a new pool")
{
	struct pool pool = pool_small(1);
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", pool.fd);
	fd = open(path, O_RDWR | O_CLOEXEC);
	test_sys(fd);
	test_sys_err(-ENOENT, (long)mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 0));
}

TEST("a child that has the file maps the same slots")
{
	struct pool pool = pool_small(2);

	poke(area_at(&pool, 1, 0), 0x31);
	in_child({
		pool.base = map_shared(pool.fd, pool.geometry.out_map_size, 0);
		test_eq(peek(area_at(&pool, 1, 0)), 0x31);
		poke(area_at(&pool, 1, 0), 0x32);
		test_resize(&pool, 1, 0, PAGE);
	});
	test_eq(peek(area_at(&pool, 1, 0)), 0x32);
	test_signal(SIGSEGV, area_at(&pool, 1, 0) + PAGE, peek(area_at(&pool, 1, 0) + PAGE));
}

static void send_file(int to, int fd)
{
	char byte = 0, control[CMSG_SPACE(sizeof(int))] = { 0 };
	struct iovec part = { &byte, 1 };
	struct msghdr message = {
		.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};
	struct cmsghdr *head = CMSG_FIRSTHDR(&message);

	head->cmsg_level = SOL_SOCKET;
	head->cmsg_type = SCM_RIGHTS;
	head->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(head), &fd, sizeof(fd));
	test_eq(sendmsg(to, &message, 0), 1);
}

static int receive_file(int from)
{
	char byte, control[CMSG_SPACE(sizeof(int))];
	struct iovec part = { &byte, 1 };
	struct msghdr message = {
		.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};
	int fd;

	test_eq(recvmsg(from, &message, MSG_CMSG_CLOEXEC), 1);
	test_ok(CMSG_FIRSTHDR(&message));
	memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof(fd));
	return fd;
}

TEST("a file passed over a socket shares the pool and outlives its creator")
{
	struct guardslot_create geometry = small_geometry(2);
	struct guardslot_query query;
	struct pool pool = { 0 };
	int users = module_users(), ends[2];
	pid_t creator;

	test_sys(socketpair(AF_UNIX, SOCK_STREAM, 0, ends));
	creator = fork();
	test_sys(creator);
	if (creator == 0) {
		struct pool mine = pool_small(2);

		test_rebind(&mine, 1, image_filled(&mine, 7, 0x41, 4));
		memset(area_at(&mine, 0, 0), 0x42, 4 * PAGE);
		poke(area_at(&mine, 1, 0), 0x43);
		send_file(ends[1], mine.fd);
		_exit(0);
	}
	pool.fd = receive_file(ends[0]);
	test_child(creator);
	test_module_users(users + 1);

	/* A pool of the same geometry has the same computed values. */
	pool.geometry = pool_small(2).geometry;
	pool.base = map_shared(pool.fd, pool.geometry.out_map_size, 0);
	test_bytes(area_at(&pool, 0, 0), 0x42, 4 * PAGE);
	test_eq(peek(area_at(&pool, 1, 0)), 0x43);
	test_bytes(area_at(&pool, 1, 0) + 1, 0x41, 4 * PAGE - 1);
	test_reset(&pool, 1);
	test_bytes(area_at(&pool, 1, 0), 0x41, 4 * PAGE);
	test_query(&pool, 1, &query);
	test_eq(query.out_tag, 7);
	test_err_create(-EBUSY, pool.fd, &geometry);
}

TEST("a file that is never received from its socket is gone with the socket")
{
	int users = module_users(), ends[2];
	struct pool pool = pool_small(2);

	memset(area_at(&pool, 0, 0), 1, 4 * PAGE);
	test_sys(socketpair(AF_UNIX, SOCK_STREAM, 0, ends));
	send_file(ends[1], pool.fd);
	pool_close(&pool);
	test_module_users(users + 1);
	test_sys(close(ends[0]));
	test_sys(close(ends[1]));
	test_module_users(users);
}

TEST("a program started by exec has neither file nor mapping")
{
	int users;
	pid_t child;

	if (test_argc > 1) { /* that program */
		test_sys_err(-EBADF, fcntl(atoi(test_argv[1]), F_GETFD));
		test_module_users(atoi(test_argv[2]));
		return;
	}
	users = module_users();
	child = fork();
	test_sys(child);
	if (child == 0) {
		struct pool pool = pool_small(2);
		char number[16], count[16];

		memset(area_at(&pool, 0, 0), 1, 4 * PAGE);
		snprintf(number, sizeof(number), "%d", pool.fd);
		snprintf(count, sizeof(count), "%d", users);
		setenv("TAP_ONLY", "started by exec", 1);
		test_sys(dup2(open("/dev/null", O_WRONLY), STDOUT_FILENO));
		execl("/proc/self/exe", "lifetime", number, count, NULL);
		test_fail("exec: %s", strerror(errno));
	}
	test_child(child);
	test_module_users(users);
}

TEST("a killed process leaves nothing behind of what it held")
{
	int users = module_users();

	for (int round = 0; round < 5; round++) {
		pid_t child = fork();

		test_sys(child);
		if (child == 0) {
			struct pool a = pool_small(16), b = pool_small(4);

			for (uint32_t slot = 0; slot < 16; slot++) {
				test_rebind(&a, slot, image_filled(&a, 1, 1, 4));
				memset(area_at(&a, slot, 0), 1, PAGE);
				test_eq(peek(area_at(&a, slot, 0) + PAGE), 1);
				test_image_destroy(&a, slot + 1);
			}
			if (round % 2)
				close(b.fd);
			raise(SIGKILL);
		}
		test_sys(waitpid(child, NULL, 0));
	}
	test_module_users(users);
}

/* Of the pool with the long RESET. */
#define LONG_SLOTS 32

/* How often all slots of the pool were reset. */
static uint64_t resets_of(struct pool *pool)
{
	uint64_t sum = 0;

	for (uint32_t slot = 0; slot < LONG_SLOTS; slot++) {
		struct guardslot_query query;

		test_query(pool, slot, &query);
		sum += query.out_resets;
	}
	return sum;
}

/* Resets all slots in turn, as often as one call can. */
static void reset_for_long(struct pool *pool)
{
	struct guardslot_info info = { 0 };
	static uint32_t slots[1 << 16];
	struct guardslot_reset reset = { .slots = (uintptr_t)slots };

	test_info(pool->fd, &info);
	reset.count = info.out_max_vector < ARRAY_SIZE(slots) ? info.out_max_vector :
								(uint32_t)ARRAY_SIZE(slots);
	for (uint32_t i = 0; i < reset.count; i++)
		slots[i] = i % LONG_SLOTS;
	test_reset_cmd(pool, &reset);
}

TEST("SIGKILL ends a long RESET at the next slot, and its process leaves nothing behind")
{
	struct guardslot_create geometry = small_geometry(LONG_SLOTS);
	const size_t size = 1 << 20;
	int users = module_users();
	struct pool pool;
	uint64_t at_kill;
	int status;
	pid_t child;

	geometry.areas[0] = (struct guardslot_area){ size, 0, size, size };
	pool = pool_map(&geometry);
	for (uint32_t slot = 0; slot < LONG_SLOTS; slot++)
		memset(area_at(&pool, slot, 0), 1, size);
	do { /* until it is killed within the call */
		uint64_t before = resets_of(&pool);

		child = fork();
		test_sys(child);
		if (child == 0) {
			reset_for_long(&pool);
			_exit(0);
		}
		test_until(resets_of(&pool) > before);
		test_sys(kill(child, SIGKILL));
		at_kill = resets_of(&pool);
		test_eq(waitpid(child, &status, 0), child);
	} while (WIFEXITED(status));
	/* The slot that it was at. */
	test_ok(resets_of(&pool) <= at_kill + 1);
	pool_close(&pool);
	test_module_users(users);
}

TEST_MAIN()
