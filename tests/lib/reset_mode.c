// SPDX-License-Identifier: MIT
/* Sets how resets find what they copy. */
#include "reset_mode.h"

#include <pthread.h>

#include "file.h"
#include "guest.h"

static char mode_before[16];

static void restore_mode(void)
{
	try_write_file(PARAMETERS "reset_mode", mode_before);
}

static void note_mode(void)
{
	snprintf(mode_before, sizeof(mode_before), "%lu", read_number(PARAMETERS "reset_mode"));
	atexit(restore_mode);
}

/* Threads may set it at the same time, and only what was there before all of them comes back. */
void set_reset_mode(int mode)
{
	static pthread_once_t noted = PTHREAD_ONCE_INIT;

	test_eq(pthread_once(&noted, note_mode), 0);
	write_number(PARAMETERS "reset_mode", (unsigned long)mode);
}
