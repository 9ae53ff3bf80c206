// SPDX-License-Identifier: MIT
// The uring example's requests find nothing of each other; without io_uring it says so.
#include "example.h"

#include "sysctl.h"

#define DISABLED "/proc/sys/kernel/io_uring_disabled"

/* From Linux 6.6 on. */
static bool can_be_disabled(void)
{
	return access(DISABLED, F_OK) == 0;
}

TEST("1000 requests run in slots that io_uring resets")
{
	example_run(0, "uring/uring", NULL, NULL);
	test_str(example_output, "1000 requests, 1000 resets by io_uring\n");
}

TEST_WHEN(can_be_disabled,
	  "where io_uring is disabled, it ends with an error that names the setting")
{
	sysctl_set(DISABLED, "2");
	example_run(1, "uring/uring", NULL, NULL);
	test_str(example_output,
		 "uring: io_uring is disabled: see sysctl kernel.io_uring_disabled\n");
}

TEST("where the device cannot be opened, it ends with an error that names it")
{
	test_sys(setgid(65534));
	test_sys(setuid(65534));
	example_run(1, "uring/uring", NULL, NULL);
	test_str(example_output, "uring: /dev/guardslot: Permission denied\n");
}

TEST_MAIN()
