// SPDX-License-Identifier: MIT
// The host of a .wasm in C++ gives each request the module's memory, and nothing of the last.
#include "example.h"

#include <unistd.h>

/* Not every C compiler that builds the tests has one for C++ beside it. */
static bool is_built(void)
{
	return access(example_path("host/host"), X_OK) == 0;
}

TEST_WHEN(is_built, "each of three requests finds the same text")
{
	char wasm[4096];

	snprintf(wasm, sizeof(wasm), "%s", example_path("instance/greeting.wasm"));
	test_sys(setenv("GUARDSLOT_BACKEND", backend_name(), 1));
	example_run(0, "host/host", wasm, NULL);
	test_str(
		example_output,
		"request: \"hello from a slot\"\nrequest: \"hello from a slot\"\nrequest: \"hello from a slot\"\n");
}

TEST_MAIN()
