// SPDX-License-Identifier: MIT
/* Adds up lines of /proc/interrupts. */
#include "interrupts.h"

#include "file.h"

long interrupts(const char *name)
{
	static char text[1 << 16];
	long sum = 0;
	char *at, *end;

	read_file("/proc/interrupts", text, sizeof(text));
	at = strstr(text, name);
	if (!at)
		test_fail("no %s in /proc/interrupts", name);
	for (at += strlen(name);; at = end) {
		long count = strtol(at, &end, 10);

		if (end == at)
			return sum;
		sum += count;
	}
}
