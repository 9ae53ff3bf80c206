// SPDX-License-Identifier: MIT
// The fuzz loop in C++ finds the crash, and an error is told with the library's message, once.
#include "example.h"

#include <unistd.h>

/* Not every C compiler that builds the tests has one for C++ beside it. */
static bool is_built(void)
{
	return access(example_path("loop/loop"), X_OK) == 0;
}

TEST_WHEN(is_built, "it finds the crash, the same in each run")
{
	example_run(0, "loop/loop", backend_name(), NULL);
	test_str(example_output, "crash: execution 2547, at byte 85504 of the slot\n");
}

TEST_WHEN(is_built, "the message of an error is the library's, once")
{
	test_sys(setenv("GUARDSLOT_BACKEND", "neither", 1));
	example_run(1, "loop/loop", NULL, NULL);
	test_str(example_output, "loop: GUARDSLOT_BACKEND is \"neither\", not device or mmap\n");
}

TEST_MAIN()
