// SPDX-License-Identifier: MIT
// The fuzzer of examples/ finds the crash of its target, and finds the same one every time.
/*
 * Every run of the target begins at the same snapshot.
 */
#include "example.h"

#include "../../examples/fuzzer/target.h"

TEST("it starts the target once and finds the crash past the limit")
{
	unsigned long long runs;
	const char *line;

	test_timeout(120);
	example_run(0, "fuzzer/fuzzer", backend_name(), NULL);
	test_ok(strncmp(line_starting("backend: ") + 9, backend_name(), strlen(backend_name())) ==
		0);
	/* The tokens, and the page of cells. */
	test_eq(number_after("start-up: done once, wrote"),
		sizeof(((struct target *)0)->tokens) / PAGE + 1);
	runs = number_after("crash: execution");
	test_ok(runs > 16);
	test_eq(number_after("executions:"), runs);
	test_ok(number_after("crash: again in a clean slot, at byte") < 65536 - TARGET_CELLS);

	line = strstr(line_starting("executions:"), "reset calls:");
	test_ok(line);
	/* 16 runs for one call; the last may be fewer. */
	test_eq(strtoull(line + 12, NULL, 10), (runs + 15) / 16);
	line = strstr(line, "pages reset:");
	test_ok(line);
	/* Where a reset leaves no page resident these are only what a run wrote. */
	test_ok(strtoull(line + 12, NULL, 10) > runs / 16);
}

TEST("the crash and the number of runs do not depend on the run or the backend")
{
	char first[sizeof(example_output)];
	unsigned long long runs;

	test_timeout(240);
	example_run(0, "fuzzer/fuzzer", backend_name(), NULL);
	runs = number_after("executions:");
	snprintf(first, sizeof(first), "%.*s", (int)strcspn(line_starting("crash:"), "\n"),
		 line_starting("crash:"));
	/* In the guest: the device's run against the mmap backend's. */
	example_run(0, "fuzzer/fuzzer", "mmap", NULL);
	test_eq(number_after("executions:"), runs);
	test_ok(strncmp(line_starting("crash:"), first, strlen(first)) == 0);
}
TEST_MAIN()
