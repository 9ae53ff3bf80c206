// SPDX-License-Identifier: MIT
// The linking example shares memory, table and global between two instances, on every allocator.
#include "example.h"

static void prints(const char *allocator)
{
	example_run(0, "linking/linking", allocator, NULL);
	test_str(example_output,
		 "log: hello\n"
		 "log: hello!!!\n"
		 "trap: out of bounds memory access: 5 bytes at 0, data segment 0 has 0\n"
		 "count: 2\n");
}

TEST("pooling: the text was copied, and both calls arrived")
{
	prints(backend_name());
}

TEST("on demand: the same")
{
	prints("ondemand");
}
TEST_MAIN()
