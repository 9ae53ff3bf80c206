// SPDX-License-Identifier: MIT
// The workers example runs all requests in fewer slots than threads, and none finds another's.
#include "example.h"

TEST("each request finds the program's memory")
{
	example_run(0, "workers/workers", backend_name(), NULL);
	test_str(example_output, "8 workers, 4 slots, 800 requests\n");
}

TEST_MAIN()
