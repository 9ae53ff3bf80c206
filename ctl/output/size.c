// SPDX-License-Identifier: MIT
/*
 * Sizes with units that are powers of 1024.
 */
#include <inttypes.h>
#include <stdio.h>

#include "output/size.h"

const char *size_text(uint64_t bytes, char *buffer, size_t size)
{
	static const char units[] = "BKMGTPE";
	unsigned int unit = 0, rest = 0;
	uint64_t whole = bytes;

	while (whole >= 1024) {
		rest = whole % 1024;
		whole /= 1024;
		unit++;
	}
	if (unit == 0)
		snprintf(buffer, size, "%" PRIu64, whole);
	else if (whole < 10)
		snprintf(buffer, size, "%" PRIu64 ".%u%c", whole, rest * 10 / 1024, units[unit]);
	else
		snprintf(buffer, size, "%" PRIu64 "%c", whole, units[unit]);
	return buffer;
}
