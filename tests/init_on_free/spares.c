// SPDX-License-Identifier: MIT
// Where the administrator wants freed memory to be cleared, no page that a slot gives back is kept.
/* The guest's kernel is started so. */
#include "test.h"

#include "abi.h"
#include "fdinfo.h"
#include "file.h"
#include "memory.h"
#include "pool.h"

#define PAGES 64

TEST("nothing is kept of what PURGE, a reset and a lower limit take")
{
	struct guardslot_create geometry = plain_geometry(1, PAGES);
	char line[1024];
	struct pool pool;

	read_file("/proc/cmdline", line, sizeof(line));
	test_ok(strstr(line, "init_on_free=1"));
	geometry.keep_resident = 2 * PAGE;
	pool = pool_map(&geometry);
	write_pages(area_at(&pool, 0, 0), PAGES, 1);
	test_resize(&pool, 0, 0, PAGES / 2 * PAGE);
	test_eq(resident_of(&pool, 0), PAGES / 2);
	test_eq(fdinfo_spare_pages(&pool), 0);
	test_reset(&pool, 0);
	test_eq(resident_of(&pool, 0), 2);
	test_eq(fdinfo_spare_pages(&pool), 0);
	test_purge(&pool, 0);
	test_eq(fdinfo_resident_pages(&pool), 0);
	test_eq(fdinfo_spare_pages(&pool), 0);
	pool_close(&pool);
}

TEST_MAIN()
