// SPDX-License-Identifier: MIT
// The tenants example runs a request in a slot bound to the tenant's program, and frees idle pages.
#include "example.h"

/* Three pages are written by a request; two slots are made ready for the next. */
static void prints(const char *made)
{
	char expected[1024];

	snprintf(expected, sizeof(expected),
		 "ada, slot 0: count words\n"
		 "bob, slot 1: sort lines\n"
		 "ada, slot 0: count words\n"
		 "bob, slot 1: sort lines\n"
		 "  grown from 4 to 16 pages, 12 of them made\n"
		 "ada warm: 2 slots, %s pages made\n"
		 "ada, slot 0: count words\n"
		 "bob rests: 1 slots purged\n"
		 "ada replaced: 3 slots purged\n"
		 "ada, slot 0: count letters\n"
		 "all rest: 4 slots purged, 0 pages resident\n",
		 made);
	test_str(example_output, expected);
}

TEST("what it prints, with the write set on the device only")
{
	example_run(0, "tenants/tenants", backend_name(), NULL);
	prints(backend_is_device() ? "6" : "0");
}
TEST_MAIN()
