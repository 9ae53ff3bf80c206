// SPDX-License-Identifier: MIT
// The ioctl example makes the calls of guardslot(4) and prints what they did, or that it cannot.
#include "example.h"

static const char rest[] =
	"create: 4 slots, one every 32 pages\n"
	"bound: \"hello\", limit 4 pages, 0 private, 1 resets, 0 guard hits\n"
	"in the first page: written\n"
	"at the limit: SIGSEGV, as it should be\n"
	"the same, grown: written\n"
	"used: \"Xello\", limit 8 pages, 2 private, 1 resets, 1 guard hits\n"
	"reset: \"hello\", limit 4 pages, 2 private, 2 resets, 1 guard hits\n"
	"at the limit again: SIGSEGV, as it should be\n"
	"idle: 1 slot purged\n"
	"purged: \"hello\", limit 4 pages, 0 private, 2 resets, 2 guard hits\n"
	"tag 1: 4 slots purged\n"
	"bound to no image: \"\", limit 4 pages, 0 private, 2 resets, 2 guard hits\n";

TEST_WHEN(backend_is_device, "it prints what each call does to a slot")
{
	example_run(0, "ioctl/ioctl", NULL, NULL);
	test_eq(number_after("info: ABI"), 1);
	test_str(line_starting("create:"), rest);
}

TEST("without the device, or the right to it, it ends with an error that names it")
{
	if (backend_is_device()) {
		test_sys(setgid(65534));
		test_sys(setuid(65534));
	} else if (access("/dev/guardslot", F_OK) == 0) {
		test_skip("this host has the device");
	}
	example_run(1, "ioctl/ioctl", NULL, NULL);
	test_str(example_output, backend_is_device() ?
					 "ioctl: /dev/guardslot: Permission denied\n" :
					 "ioctl: /dev/guardslot: No such file or directory\n");
}
TEST_MAIN()
