// SPDX-License-Identifier: MIT
// The first program of README finds the start-up's state in each request, and no request's secret.
#include "example.h"

TEST("three requests say the same")
{
	test_sys(setenv("GUARDSLOT_BACKEND", backend_name(), 1));
	example_run(0, "hello/hello", NULL, NULL);
	test_str(example_output, "request 1 finds \"hello\"\n"
				 "request 2 finds \"hello\"\n"
				 "request 3 finds \"hello\"\n");
}

TEST_MAIN()
