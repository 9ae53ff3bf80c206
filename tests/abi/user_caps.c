// SPDX-License-Identifier: MIT
// max_user_pages limits the memory of all pools of a user id together, bookkeeping included.
/*
 * It does not limit other users, nor a process that opens the device with
 * CAP_SYS_RESOURCE; what is given back can be had again.
 */
#include "test.h"

#include <sys/wait.h>

#include "abi.h"
#include "bookkeeping.h"
#include "file.h"
#include "guest.h"
#include "image.h"
#include "memory.h"
#include "pool.h"
#include "sysctl.h"
#include "touch.h"

#define MAX_USER_PAGES PARAMETERS "max_user_pages"
#define ALICE 1001
#define BOB 1002

/* Runs the block as that user, under the cap, which is as before in any case. */
#define as_user(uid, cap, ...)                                       \
	do {                                                         \
		unsigned long before_ = read_number(MAX_USER_PAGES); \
		int status_ = -1;                                    \
		pid_t user_;                                         \
		sysctl_set_number(MAX_USER_PAGES, cap);              \
		user_ = fork();                                      \
		if (user_ == 0) {                                    \
			test_sys(setresuid(uid, uid, uid));          \
			__VA_ARGS__;                                 \
			_exit(0);                                    \
		}                                                    \
		waitpid(user_, &status_, 0);                         \
		sysctl_set_number(MAX_USER_PAGES, before_);          \
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
	as_user(ALICE, bookkeeping(2, 2, 0) + 10, {
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
		test_eq(touch_pages(&a, 0, 16), bookkeeping(2, 2, 0) - bookkeeping(1, 1, 0) + 10);
	});
}

TEST("a call returns ENOSPC")
{
	as_user(ALICE, bookkeeping(1, 1, 0) + 4, {
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

/* Makes images without content until there is no room. Returns how many. */
static size_t make_empty_images(struct pool *pool)
{
	struct guardslot_image_create empty = { .areas[0].limit = PAGE };
	size_t count = 0;
	int ret;

	while ((ret = do_image_create(pool, &empty)) == 0)
		count++;
	test_err(-ENOSPC, ret);
	return count;
}

TEST("images count, each as four KiB more than it has")
{
	/*
	 * Two images with content, and room that is not enough for one more without, but where
	 * a cap of whole pages leaves out more than that.
	 */
	const size_t room = (PAGE > 16384 ? 4 : 3) * PAGE + 5 * IMAGE_BYTES + IMAGE_BYTES / 2;

	as_user(ALICE, TABLE_PAGES + (POOL_BYTES + NODE_BYTES + room) / PAGE, {
		struct pool pool = pool_plain(1, 16, 0);
		uint32_t first = image_keyed(&pool, 1, 1, 2);
		size_t used = 3 * PAGE + 2 * IMAGE_BYTES + NODE_BYTES + POOL_BYTES;
		size_t all = (POOL_BYTES + NODE_BYTES + room) / PAGE * PAGE;
		size_t fit = (all - used) / IMAGE_BYTES;

		image_keyed(&pool, 1, 1, 1);
		test_eq(make_empty_images(&pool), fit);
		test_image_destroy(&pool, first);
		used += fit * IMAGE_BYTES - (2 * PAGE + IMAGE_BYTES + NODE_BYTES);
		test_eq(make_empty_images(&pool), (all - used) / IMAGE_BYTES);
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
	as_user(BOB, bookkeeping(1, 1, 0) + 8, {
		struct pool own = pool_plain(1, 16, 0);

		test_eq(touch_pages(&own, 0, 16), 8);
	});
	as_user(ALICE, bookkeeping(1, 1, 0) + 8, {
		struct guardslot_create geometry = plain_geometry(1, 1);
		int fd = device_open();

		/* A file may still come from the reserve. */
		if (fd >= 0)
			test_err_create(-ENOSPC, fd, &geometry);
		else
			test_err(-ENOSPC, fd);
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

	sysctl_set_number(MAX_USER_PAGES, 2);
	got = touch_pages(&pool, 0, 16);
	sysctl_set_number(MAX_USER_PAGES, before);
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

		sysctl_set(PARAMETERS "max_pages", values[i]);
		got = touch_pages(&pool, 0, 16);
		sysctl_set(PARAMETERS "max_pages", "0");
		test_eq(got, 16);
		test_purge(&pool, 0);
		as_user(ALICE, strtoul(values[i], NULL, 10), {
			struct pool own = pool_plain(1, 16, 0);

			test_eq(touch_pages(&own, 0, 16), 16);
		});
	}
}

TEST_MAIN()
