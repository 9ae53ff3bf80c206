// SPDX-License-Identifier: MIT
/* Reads CLOCK_MONOTONIC. */
#include "clock.h"

#include <time.h>

double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}
