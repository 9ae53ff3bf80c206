/* SPDX-License-Identifier: MIT */
/*
 * For tests of what happens with no memory maps left: takes all of them that the
 * process may have, and gives some back.
 */
#ifndef FEW_MAPS_H
#define FEW_MAPS_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "tap.h"

static char *hoard;
static uint64_t hoarded;

#define MOST "/proc/sys/vm/max_map_count"

static unsigned long most_before;

/*
 * How many maps a process may have. In our own guest few are enough: a debug
 * kernel checks all of them whenever one changes, which takes minutes for 65,530.
 */
static uint64_t maps_most(void)
{
	FILE *file = fopen(MOST, "r+e");
	unsigned long now;

	if (!file)
		file = fopen(MOST, "re");
	test_ok(file);
	test_eq(fscanf(file, "%lu", &now), 1);
	if (!most_before)
		most_before = now;
	if (getenv("GUARDSLOT_GUEST")) {
		now = 1000;
		rewind(file);
		test_ok(fprintf(file, "%lu", now) > 0);
	}
	test_eq(fclose(file), 0);
	return now;
}

__attribute__((destructor)) static void maps_most_restore(void)
{
	FILE *file = most_before && getenv("GUARDSLOT_GUEST") ? fopen(MOST, "w") : NULL;

	if (!file)
		return;
	fprintf(file, "%lu", most_before);
	fclose(file);
}

/* Takes all memory maps that the kernel allows: each page another protection. */
static void maps_take(void)
{
	const uint64_t pages = maps_most() + 2;

	hoard = mmap(NULL, pages * UINT64_C(4096), PROT_NONE,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	test_ok(hoard != MAP_FAILED);
	for (hoarded = 0; hoarded < pages; hoarded += 2)
		if (mprotect(hoard + hoarded * UINT64_C(4096), UINT64_C(4096), PROT_READ))
			break;
	test_ok(hoarded < pages);
}

static void maps_give_back(uint64_t count)
{
	while (count-- && hoarded) {
		hoarded -= 2;
		test_sys(mprotect(hoard + hoarded * UINT64_C(4096), UINT64_C(4096), PROT_NONE));
	}
}

#endif /* FEW_MAPS_H */
