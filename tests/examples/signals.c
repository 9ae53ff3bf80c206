// SPDX-License-Identifier: MIT
// The signals example makes an error of a guard hit, and gives other signals to the handler before.
#include "example.h"

/* MEMORY of the example, and where its tenant goes. */
TEST("the place of the hit, the next request of the slot, and the chain")
{
	example_run(0, "signals/signals", backend_name(), NULL);
	test_str(example_output, "good: done\n"
				 "bad: Bad address: slot 1, area 0, offset 69633 (the guard)\n"
				 "good after bad: done\n"
				 "not a slot's: the handler from before has it\n");
}

TEST_MAIN()
