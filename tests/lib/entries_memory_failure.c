// SPDX-License-Identifier: MIT
/* States that come of memory that fails: pages moved away in time, and pages lost. */
#include "entries.h"

#include <sys/mman.h>

/* From asm-generic/mman-common.h. */
#ifndef MADV_SOFT_OFFLINE
#define MADV_SOFT_OFFLINE 101
#endif

/* The kernel offers both only to root, and where it was built so. */
static bool migrates(void)
{
	return entry_machine_is_ours() && entry_advice_known(MADV_SOFT_OFFLINE);
}

/* The content moves to other memory, and stays at its address. */
static bool migrate(unsigned char *start, size_t length)
{
	return madvise(start, length, MADV_SOFT_OFFLINE) == 0;
}

const struct entry_state entry_migrated = {
	.fill = ENTRY_ANY_FILL,
	.counts = true,
	.possible = migrates,
	.make = migrate,
};

static void ignore(int number)
{
	(void)number;
}

/* The kernel tells the process of each page that it lost. */
static void poison_begin(void)
{
	test_ok(signal(SIGBUS, ignore) != SIG_ERR);
}

static bool poison(unsigned char *start, size_t length)
{
	return madvise(start, length, MADV_HWPOISON) == 0;
}

const struct entry_state entry_poisoned = {
	.shows = ENTRY_FAULTS,
	.fill = ENTRY_ANY_FILL,
	.possible = migrates,
	.begin = poison_begin,
	.make = poison,
};
