// SPDX-License-Identifier: MIT
/* Knows the debug kernel by kmemleak. */
#include "guest.h"

bool is_debug_kernel(void)
{
	return access("/sys/kernel/debug/kmemleak", F_OK) == 0;
}

long scaled(long normal, long debug)
{
	return is_debug_kernel() ? debug : normal;
}
