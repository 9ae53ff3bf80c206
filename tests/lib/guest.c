// SPDX-License-Identifier: MIT
/* Knows the debug kernel by kmemleak. */
#include "guest.h"

bool is_debug_kernel(void)
{
	return access("/sys/kernel/debug/kmemleak", F_OK) == 0;
}

bool is_instrumented(void)
{
	return is_debug_kernel() || access("/sys/kernel/debug/kcsan", F_OK) == 0;
}

long scaled(long normal, long debug)
{
	return is_debug_kernel() ? debug : normal;
}
