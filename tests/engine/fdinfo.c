// SPDX-License-Identifier: MIT
// fdinfo of a pool shows its number, its slots and images, and the memory that it holds.
/*
 * Who may look at the process may read it.
 */
#include "test.h"

#include <sys/wait.h>

#include "abi.h"
#include "child.h"
#include "fdinfo.h"
#include "file.h"
#include "guest.h"
#include "image.h"
#include "memory.h"
#include "pool.h"

static bool has(const struct pool *pool, const char *word)
{
	unsigned long number;
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", pool->fd);
	return find_number(path, word, &number);
}

TEST("before CREATE there is the pool's number and nothing else")
{
	struct pool pool = { .fd = device_open() };

	test_success(pool.fd);
	test_ok(fdinfo(&pool, "guardslot_pool") > 0);
	test_ok(!has(&pool, "guardslot_slots"));
	test_ok(!has(&pool, "guardslot_resident"));
}

TEST("slots, images, resident and image pages are right at any time")
{
	struct pool pool = pool_plain(12, 16, 0);
	uint32_t first, second;

	test_eq(fdinfo(&pool, "guardslot_slots"), 12);
	test_eq(fdinfo(&pool, "guardslot_images"), 0);
	test_eq(fdinfo(&pool, "guardslot_resident"), 0);
	test_eq(fdinfo(&pool, "guardslot_image_pages"), 0);
	test_eq(fdinfo(&pool, "guardslot_spare"), 0);

	first = image_keyed(&pool, 1, 100, 5);
	second = image_keyed(&pool, 1, 200, 3);
	test_eq(fdinfo(&pool, "guardslot_images"), 2);
	test_eq(fdinfo(&pool, "guardslot_image_pages"), 8 * PAGE / 1024);
	test_rebind(&pool, 3, first);
	write_pages(area_at(&pool, 3, 0), 2, 1);
	write_pages(area_at(&pool, 4, 0), 16, 1);
	test_eq(fdinfo(&pool, "guardslot_resident"), 18 * PAGE / 1024);
	test_reset(&pool, 4);
	test_eq(fdinfo(&pool, "guardslot_resident"), 18 * PAGE / 1024);
	test_purge(&pool, 4);
	test_eq(fdinfo(&pool, "guardslot_resident"), 2 * PAGE / 1024);

	test_image_destroy(&pool, first);
	test_eq(fdinfo(&pool, "guardslot_images"), 1);
	test_eq(fdinfo(&pool, "guardslot_image_pages"), 8 * PAGE / 1024);
	test_purge(&pool, 3);
	test_eq(fdinfo(&pool, "guardslot_image_pages"), 3 * PAGE / 1024);
	test_image_destroy(&pool, second);
	test_eq(fdinfo(&pool, "guardslot_images"), 0);
	test_eq(fdinfo(&pool, "guardslot_image_pages"), 0);
	test_eq(fdinfo(&pool, "guardslot_resident"), 0);
}

TEST("pools have different numbers, a file that is passed on keeps its own")
{
	struct pool a = pool_plain(1, 1, 0), b = pool_plain(1, 1, 0), copy = a;
	unsigned long number = fdinfo(&a, "guardslot_pool");

	test_ok(number != fdinfo(&b, "guardslot_pool"));
	poke(area_at(&b, 0, 0), 1);
	test_eq(fdinfo(&a, "guardslot_resident"), 0);
	copy.fd = dup(a.fd);
	test_sys(copy.fd);
	test_eq(fdinfo(&copy, "guardslot_pool"), number);
	in_child(test_eq(fdinfo(&a, "guardslot_pool"), number));
}

TEST("what a pool of another process holds can be seen from outside")
{
	struct pool pool = pool_plain(1, 16, 0);
	char path[64];
	pid_t child;
	int ends[2];
	char byte;

	test_sys(pipe(ends));
	child = fork();
	test_sys(child);
	if (child == 0) {
		pool.base = map_shared(pool.fd, pool.geometry.out_map_size, 0);
		write_pages(area_at(&pool, 0, 0), 7, 1);
		test_eq(write(ends[1], "x", 1), 1);
		pause();
	}
	test_eq(read(ends[0], &byte, 1), 1);
	snprintf(path, sizeof(path), "/proc/%d/fdinfo/%d", child, pool.fd);
	test_eq(get_number(path, "guardslot_resident"), 7 * PAGE / 1024);
	test_sys(kill(child, SIGKILL));
	test_eq(waitpid(child, NULL, 0), child);
	/* They are the pool's, and the pool is still open. */
	test_eq(fdinfo_resident_pages(&pool), 7);
}

TEST("reading it while slots change does no harm")
{
	struct pool pool = pool_plain(4, 16, 0);
	pid_t child = fork();

	test_sys(child);
	if (child == 0) {
		for (;;)
			fdinfo(&pool, "guardslot_resident");
	}
	for (long i = 0; i < scaled(500, 50); i++) {
		uint32_t image = image_keyed(&pool, 1, 100, 2);

		test_rebind(&pool, (uint32_t)i % 4, image);
		write_pages(area_at(&pool, (uint32_t)i % 4, 0), 2, 1);
		test_image_destroy(&pool, image);
		if (i % 3 == 0)
			test_purge(&pool, (uint32_t)i % 4);
	}
	test_sys(kill(child, SIGKILL));
	test_eq(waitpid(child, NULL, 0), child);
}

TEST_MAIN()
