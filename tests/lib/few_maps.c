// SPDX-License-Identifier: MIT
/* Uses up memory maps with pages of alternating protection. */
#include "few_maps.h"

#include <sys/mman.h>

#define MOST "/proc/sys/vm/max_map_count"

static unsigned long most_before;
static char *hoard;
static uint64_t hoarded;

uint64_t maps_most(void)
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

void maps_take(void)
{
	const uint64_t pages = maps_most() + 2;

	hoard = mmap(NULL, pages * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1,
		     0);
	test_ok(hoard != MAP_FAILED);
	for (hoarded = 0; hoarded < pages; hoarded += 2)
		if (mprotect(hoard + hoarded * PAGE, PAGE, PROT_READ))
			break;
	test_ok(hoarded < pages);
}

void maps_give_back(uint64_t count)
{
	while (count-- && hoarded) {
		hoarded -= 2;
		test_sys(mprotect(hoard + hoarded * PAGE, PAGE, PROT_NONE));
	}
}
