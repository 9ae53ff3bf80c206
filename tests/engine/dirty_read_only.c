// SPDX-License-Identifier: MIT
// A reset that looks copies what was written before the slab was mapped read-only.
/*
 * An entry that goes away takes its dirty bit along. If the page comes back through a
 * mapping that is read-only, its new entry cannot be written; it must all the same say
 * that the page is not as its image.
 */
#include "test.h"

#include <sys/mman.h>
#include <sys/wait.h>

#include "abi.h"
#include "content.h"
#include "look.h"
#include "memory.h"
#include "pool.h"

#define PAGES 64

static uint8_t *map_for_reading(const struct pool *pool)
{
	void *at = mmap(NULL, pool->geometry.out_map_size, PROT_READ, MAP_SHARED, pool->fd, 0);

	test_ok(at != MAP_FAILED);
	return at;
}

/* Its page-table entries went with what was written, and new ones only read. */
static struct pool pool_written_and_read(void)
{
	struct pool pool = pool_looked(1, PAGES);

	write_pages(area_at(&pool, 0, 0), PAGES, 0x5a);
	test_sys(munmap(pool.base, pool.geometry.out_map_size));
	pool.base = map_for_reading(&pool);
	read_pages(area_at(&pool, 0, 0), PAGES);
	return pool;
}

TEST("a slab that is written, unmapped and mapped again for reading: all is the image's")
{
	struct pool pool = pool_written_and_read();

	test_eq(peek(area_at(&pool, 0, 0)), 0x5a);
	test_reset(&pool, 0);
	test_initial(&pool, 0, PAGES);
}

TEST("another process writes and ends, and one that only reads resets: all is the image's")
{
	struct pool pool = pool_looked(1, PAGES);
	int status;
	pid_t child;

	test_sys(munmap(pool.base, pool.geometry.out_map_size));
	child = fork();
	test_sys(child);
	if (child == 0) {
		pool.base = map_shared(pool.fd, pool.geometry.out_map_size, 0);
		write_pages(area_at(&pool, 0, 0), PAGES, 0x5a);
		_exit(0);
	}
	test_eq(waitpid(child, &status, 0), child);
	test_eq(status, 0);
	pool.base = map_for_reading(&pool);
	read_pages(area_at(&pool, 0, 0), PAGES);
	test_eq(peek(area_at(&pool, 0, 0)), 0x5a);
	test_reset(&pool, 0);
	test_initial(&pool, 0, PAGES);
}

TEST("what was written, and mapped again while protected, is copied after the protection ends")
{
	struct pool pool = pool_written_and_read();

	test_sys(mprotect(pool.base, pool.geometry.out_map_size, PROT_READ | PROT_WRITE));
	test_reset(&pool, 0);
	test_initial(&pool, 0, PAGES);
}

TEST_MAIN()
