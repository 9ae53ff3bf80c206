// SPDX-License-Identifier: MIT
// The module cannot be unloaded while a pool is open or mapped, and can be when none is.
/*
 * It then works again after it was loaded. (When it goes it checks itself that all was
 * freed, and warns in the kernel log.)
 */
#include "test.h"

#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "abi.h"
#include "image.h"
#include "memory.h"
#include "pool.h"
#include "reload.h"

TEST("an open file keeps the module, before CREATE and after")
{
	struct guardslot_create geometry = small_geometry(1);
	int fd = test_success(device_open());

	test_err(-EWOULDBLOCK, module_unload());
	test_create(fd, &geometry);
	test_err(-EWOULDBLOCK, module_unload());
	test_sys(close(fd));
	test_module_unload();
	test_module_load();
}

TEST("a mapping keeps the module when the file is closed")
{
	struct pool pool = pool_small(2);

	poke(area_at(&pool, 0, 0), 1);
	test_sys(close(pool.fd));
	test_err(-EWOULDBLOCK, module_unload());
	test_sys(munmap(pool.base, pool.geometry.out_map_size));
	test_err(-EWOULDBLOCK, module_unload());
	test_eq(atomic_load(claim_word(&pool, 1)), GUARDSLOT_ACTIVE);
	test_sys(munmap(pool.claim, pool.geometry.out_claim_size));
	test_module_unload();
	test_module_load();
}

TEST("a file in another process keeps the module, and nothing does when that was killed")
{
	int ends[2];
	char byte;
	pid_t child;

	test_sys(pipe(ends));
	child = fork();
	test_sys(child);
	if (child == 0) {
		struct pool pool = pool_small(4);

		memset(area_at(&pool, 0, 0), 1, 4 * PAGE);
		test_eq(write(ends[1], "x", 1), 1);
		pause();
	}
	test_eq(read(ends[0], &byte, 1), 1);
	test_err(-EWOULDBLOCK, module_unload());
	test_sys(kill(child, SIGKILL));
	test_sys(waitpid(child, NULL, 0));
	test_module_unload();
	test_module_load();
}

TEST("a loaded module starts anew, with slots that work, ten times over")
{
	for (int round = 0; round < 10; round++) {
		struct pool pool;

		test_module_unload();
		test_module_load();
		pool = pool_small(8);
		test_rebind(&pool, 3, image_filled(&pool, 1, 0x71, 4));
		test_bytes(area_at(&pool, 3, 0), 0x71, 4 * PAGE);
		memset(area_at(&pool, 3, 0), 1, 4 * PAGE);
		test_image_destroy(&pool, 1);
		pool_close(&pool);
	}
}

TEST_MAIN()
