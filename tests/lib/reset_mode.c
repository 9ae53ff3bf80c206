// SPDX-License-Identifier: MIT
/* Sets how resets find what they copy. */
#include "reset_mode.h"

#include "file.h"
#include "guest.h"

static char mode_before[16];

static void restore_mode(void)
{
	try_write_file(PARAMETERS "reset_mode", mode_before);
}

void set_reset_mode(int mode)
{
	static bool registered;

	if (!registered) {
		snprintf(mode_before, sizeof(mode_before), "%lu",
			 read_number(PARAMETERS "reset_mode"));
		atexit(restore_mode);
	}
	registered = true;
	write_number(PARAMETERS "reset_mode", (unsigned long)mode);
}
