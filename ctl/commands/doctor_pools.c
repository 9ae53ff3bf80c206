// SPDX-License-Identifier: MIT
/*
 * doctor's part on pools: what happens often in their resets and costs more than it had to,
 * by the counters of the kernel, which begin with the pool.
 */
#include <inttypes.h>
#include <stdio.h>

#include "base/array.h"
#include "commands/doctor.h"
#include "netlink/family.h"

/* Fewer resets than these say nothing of a pool. */
#define LEAST 64
/* Of a hundred resets that would have looked, so many are often. */
#define OFTEN_COPIED 10

static uint64_t looks(const struct record *pool)
{
	return pool->value[GUARDSLOT_A_POOL_LOOKS];
}

/* Resets that would have looked for what was written, if nothing had been in their way. */
static uint64_t wanted(const struct record *pool)
{
	return looks(pool) + pool->value[GUARDSLOT_A_POOL_WHOLE_MAPPED] +
	       pool->value[GUARDSLOT_A_POOL_WHOLE_NOTIFIED] +
	       pool->value[GUARDSLOT_A_POOL_WHOLE_UNMAPPED];
}

/* A finding: of how many resets how much is often, in hundredths, and what to do then. */
static const struct sign {
	int attribute;
	uint64_t (*of)(const struct record *pool);
	unsigned int often;
	const char *what;
	const char *next;
} signs[] = {
	{ GUARDSLOT_A_POOL_WHOLE_MAPPED, wanted, OFTEN_COPIED,
	  "resets copied all pages, as the slab was mapped twice",
	  "munmap() all maps of the file but the library's, in other processes too" },
	{ GUARDSLOT_A_POOL_WHOLE_NOTIFIED, wanted, OFTEN_COPIED,
	  "resets copied all pages, as a virtual machine or a device uses the memory of the process",
	  "keep the slots in a process without such" },
	{ GUARDSLOT_A_POOL_WHOLE_UNMAPPED, wanted, OFTEN_COPIED,
	  "resets copied all pages, as no one map of the calling process shows the slot",
	  "reset in the process that has the slab mapped, and let mprotect() and munmap() cut no "
	  "slot" },
	{ GUARDSLOT_A_POOL_ABSENT_PAGES, looks, 100,
	  "pages were copied as they had no page-table entry",
	  "keep the slab mapped where it is, and reset in one process" },
	{ GUARDSLOT_A_POOL_FLUSHES, looks, 50, "TLB flushes",
	  "reset several slots with one call, which share a flush" },
	{ GUARDSLOT_A_POOL_GIVEN_BACK_PAGES, looks, 100,
	  "pages were given back, as they had not been written for long",
	  "where tenants write them again and page faults cost more than copies, set the module's "
	  "parameter reset_mode to 1" },
};

static bool happens_often(const struct record *pool, const struct sign *sign)
{
	uint64_t of = sign->of(pool), count = pool->value[sign->attribute];

	return of >= LEAST && count && count >= of * sign->often / 100;
}

void doctor_pools(struct doctor *doctor)
{
	struct records pools = { 0 };
	bool found = false;

	family_pools(&pools);
	for (size_t i = 0; i < pools.count; i++) {
		const struct record *pool = &pools.items[i];
		char check[32];

		snprintf(check, sizeof(check), "pool %" PRIu64, pool->value[GUARDSLOT_A_POOL_ID]);
		for (size_t k = 0; k < ARRAY_SIZE(signs); k++) {
			const struct sign *sign = &signs[k];

			if (!happens_often(pool, sign))
				continue;
			found = true;
			doctor_report(doctor, check, NOTE, "%s: %" PRIu64 " in %" PRIu64 ": %s",
				      sign->what, pool->value[sign->attribute], sign->of(pool),
				      sign->next);
		}
	}
	if (pools.count && !found)
		doctor_report(doctor, "pools", GOOD, "%zu, with nothing that makes resets dear",
			      pools.count);
	records_clear(&pools);
}
