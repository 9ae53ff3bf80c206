// SPDX-License-Identifier: MIT
// Slots work without /proc, and when it goes away.
#include "slot_test.h"

#include <sched.h>
#include <sys/mount.h>

/* Another file system lies over it, for this process only. */
static bool proc_is_gone(void)
{
	return !unshare(CLONE_NEWNS) && !mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) &&
	       !mount("none", "/proc", "tmpfs", 0, NULL) && access("/proc/self/pagemap", F_OK);
}

static bool may_mount(void)
{
	return geteuid() == 0;
}

TEST_WHEN(may_mount, "a pool that is made without it")
{
	test_ok(proc_is_gone());
	operations_work_anew();
}

TEST_WHEN(may_mount, "a pool that was made before")
{
	struct shim_pool_config config = config_default();
	struct shim_pool *pool = pool_create(&config);

	operations_work(pool, &config);
	test_ok(proc_is_gone());
	operations_work(pool, &config);
}

TEST_MAIN()
