// SPDX-License-Identifier: MIT
// max_user_pages limits the pages of all pools of a user id together, their tables included.
/*
 * It does not limit other users, nor a process that opens the device with
 * CAP_SYS_RESOURCE; what is given back can be had again.
 */
#include "test.h"

#include <sys/wait.h>

#include "abi.h"
#include "file.h"
#include "guest.h"
#include "image.h"
#include "memory.h"
#include "pool.h"
#include "touch.h"

#define MAX_USER_PAGES PARAMETERS "max_user_pages"
#define ALICE 1001
#define BOB 1002

/* A slot and its claim word count as one page, as does a table of few of them. */
#define TABLE 1

/* Runs the block as that user, under the cap, which is as before in any case. */
#define as_user(uid, cap, ...)                                       \
	do {                                                         \
		unsigned long before_ = read_number(MAX_USER_PAGES); \
		int status_ = -1;                                    \
		pid_t user_;                                         \
		write_number(MAX_USER_PAGES, cap);                   \
		user_ = fork();                                      \
		if (user_ == 0) {                                    \
			test_sys(setresuid(uid, uid, uid));          \
			__VA_ARGS__;                                 \
			_exit(0);                                    \
		}                                                    \
		waitpid(user_, &status_, 0);                         \
		write_number(MAX_USER_PAGES, before_);               \
		test_eq(status_, 0);                                 \
	} while (0)

TEST("by default the cap is half of the memory, more or less")
{
	unsigned long pages = read_number(MAX_USER_PAGES);
	unsigned long total = get_number("/proc/meminfo", "MemTotal") * 1024 / PAGE;

	test_note("%lu of %lu pages", pages, total);
	test_ok(pages >= total * 45 / 100 && pages <= total * 55 / 100);
}

TEST("all pools of a user together, to the page, then SIGBUS; and again after a purge")
{
	as_user(ALICE, 2 * TABLE + 10, {
		struct pool a = pool_plain(1, 16, 0);
		struct pool b = pool_plain(1, 16, 0);

		test_eq(touch_pages(&a, 0, 7), 7);
		test_eq(touch_pages(&b, 0, 16), 3);
		test_signal(SIGBUS, area_at(&b, 0, 0) + 3 * PAGE,
			    peek(area_at(&b, 0, 0) + 3 * PAGE));
		/* The slot keeps the pages it has. */
		test_reset(&a, 0);
		test_eq(touch_pages(&a, 0, 7), 7);
		test_purge(&a, 0);
		test_eq(touch_pages(&b, 0, 16), 10);
		pool_close(&b);
		test_eq(touch_pages(&a, 0, 16), 10 + TABLE);
	});
}

TEST("a call returns ENOSPC")
{
	as_user(ALICE, TABLE + 4, {
		struct pool pool = pool_plain(1, 16, 0);
		struct guardslot_prefault cmd = {
			.flags = GUARDSLOT_PREFAULT_RANGE,
			.slots = (uintptr_t) & (uint32_t){ 0 },
			.count = 1,
			.length = 5 * PAGE,
		};

		test_err(-ENOSPC, do_prefault_cmd(&pool, &cmd));
		test_eq(resident_of(&pool, 0), 4);
	});
}

TEST("images count, each as one page more than it has")
{
	as_user(ALICE, TABLE + 6, {
		struct pool pool = pool_plain(1, 16, 0);
		uint32_t first = image_keyed(&pool, 1, 1, 2);
		struct guardslot_image_create empty = { .areas[0].limit = PAGE };

		image_keyed(&pool, 1, 1, 1);
		test_image_create(&pool, &empty);
		test_err_image_create(-ENOSPC, &pool, &empty);
		test_image_destroy(&pool, first);
		for (int i = 0; i < 3; i++)
			test_image_create(&pool, &empty);
		test_err_image_create(-ENOSPC, &pool, &empty);
	});
}

TEST("a table of slots counts from CREATE on, and a CREATE that is refused changes nothing")
{
	as_user(ALICE, 1000, {
		struct guardslot_create many = plain_geometry(1 << 20, 1);
		struct guardslot_create few = plain_geometry(10, 1);
		int fd = device_open();

		test_success(fd);
		test_err_create(-ENOSPC, fd, &many);
		test_err_create(-ENOSPC, fd, &many);
		test_create(fd, &few);
	});
}

TEST("a user's pools do not count for another")
{
	struct pool pool;
	uid_t ids[] = { ALICE, 0 };

	test_sys(setresuid(ids[0], ids[0], ids[1]));
	pool = pool_plain(1, 16, 0);
	write_pages(area_at(&pool, 0, 0), 16, 1);
	test_sys(setresuid(0, 0, 0));
	as_user(BOB, TABLE + 8, {
		struct pool own = pool_plain(1, 16, 0);

		test_eq(touch_pages(&own, 0, 16), 8);
	});
	as_user(ALICE, TABLE + 8, {
		int fd = device_open();
		struct guardslot_create geometry = plain_geometry(1, 1);

		test_success(fd);
		test_err_create(-ENOSPC, fd, &geometry);
	});
	/* The user was over the cap for a while and kept the pages. */
	test_eq(resident_of(&pool, 0), 16);
}

TEST("pages count for the user who opened the pool, not for the one who touches them")
{
	struct pool pool = pool_plain(1, 16, 0);

	as_user(ALICE, 4, {
		pool.base = map_shared(pool.fd, pool.geometry.out_map_size, 0);
		test_eq(touch_pages(&pool, 0, 16), 16);
	});
}

TEST("root has no cap, and a cap of 0 is none")
{
	unsigned long before = read_number(MAX_USER_PAGES);
	struct pool pool = pool_plain(1, 16, 0);
	size_t got;

	write_number(MAX_USER_PAGES, 2);
	got = touch_pages(&pool, 0, 16);
	write_number(MAX_USER_PAGES, before);
	test_eq(got, 16);
	as_user(ALICE, 0, {
		struct pool own = pool_plain(1, 16, 0);

		test_eq(touch_pages(&own, 0, 16), 16);
	});
}

TEST("caps beyond what a signed number holds are as good as none")
{
	static const char *const values[] = { "9223372036854775807", "9223372036854775808",
					      "18446744073709551615" };
	struct pool pool = pool_plain(1, 16, 0);

	for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
		size_t got;

		write_file(PARAMETERS "max_pages", values[i]);
		got = touch_pages(&pool, 0, 16);
		write_file(PARAMETERS "max_pages", "0");
		test_eq(got, 16);
		test_purge(&pool, 0);
		as_user(ALICE, strtoul(values[i], NULL, 10), {
			struct pool own = pool_plain(1, 16, 0);

			test_eq(touch_pages(&own, 0, 16), 16);
		});
	}
}

TEST_MAIN()
