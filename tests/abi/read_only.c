// SPDX-License-Identifier: MIT
// A file that is open for reading only is EBADF for every call that changes something.
#include "test.h"

#include "abi.h"
#include "calls.h"

static int expected_of(const struct call *call)
{
	switch (call->number) {
	case GUARDSLOT_IOC_INFO:
		return 0;
	case GUARDSLOT_IOC_QUERY:
		/* It has found that the pool has no slots. */
		return -ENOENT;
	default:
		return -EBADF;
	}
}

TEST("INFO and QUERY work on a file that is open for reading only, all other calls are EBADF")
{
	int fd = open(GUARDSLOT_DEVICE, O_RDONLY | O_CLOEXEC);

	test_sys(fd);
	for_each_call(call) {
		struct arg arg = { .size = call->size };

		test_context("%s", call->name);
		call->fill(&arg);
		test_err(expected_of(call), device_call(fd, call->number, &arg));
	}
}

TEST_MAIN()
