// SPDX-License-Identifier: MIT
// The server example answers each request from the program's memory, with resets in the background.
#include "example.h"

TEST("all answers are right, and at the end no slot waits")
{
	example_run(0, "server/server", backend_name(), NULL);
	test_str(example_output,
		 "4 workers, 8 slots: 800 of 800 answers are right, 0 slots wait\n");
}

TEST_MAIN()
