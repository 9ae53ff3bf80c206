// SPDX-License-Identifier: MIT
// The instance example shows that an instance has nothing of the one before, on every allocator.
/*
 * It prints a module's initial content, what the program changed, and what the next
 * instance has.
 */
#include "example.h"

static const char initial[] =
	": memory 65536 \"hello from a slot\", answer 42, functions set null\n";
static const char changed[] = ": memory 131072 \"a secret\", answer 7, functions null null\n";

static char wasm[512];

/* What it prints, whole. */
static void prints(const char *name, const char *kind, int ready)
{
	char expected[1024];

	snprintf(wasm, sizeof(wasm), "%s", example_path("instance/greeting.wasm"));
	snprintf(expected, sizeof(expected),
		 "new%sused%s"
		 "used on %s: 1 in use, 0 ready for a module\n"
		 "given back on %s: 0 in use, %d ready for a module\n"
		 "next%spurged on %s: 0 in use, 0 ready for a module\n",
		 initial, changed, kind, kind, ready, initial, kind);
	example_run(0, "instance/instance", wasm, name);
	test_str(example_output, expected);
}

TEST("pooling: a used slot is ready for the module and reads as before")
{
	prints(backend_name(), backend_name(), 1);
}

TEST("on demand: the same with nothing kept")
{
	prints("ondemand", "ondemand", 0);
}

TEST("left to choose it takes the device where there is one")
{
	bool device = access("/dev/guardslot", R_OK | W_OK) == 0;

	prints(NULL, device ? "device" : "mmap", 1);
}

TEST("what is no module, and what is no file, is an error in words")
{
	example_run(1, "instance/instance", test_argv[0], backend_name());
	test_ok(strstr(example_output, "byte 0x0"));
	example_run(1, "instance/instance", "/no/such/file", backend_name());
	test_ok(strstr(example_output, "/no/such/file: No such file or directory"));
}
TEST_MAIN()
