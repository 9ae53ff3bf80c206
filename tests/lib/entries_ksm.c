// SPDX-License-Identifier: MIT
/* States that KSM makes: the zero page, and pages that several addresses share. */
#include "entries.h"

#include <sched.h>
#include <sys/mman.h>

#include "file.h"

#define KSM "/sys/kernel/mm/ksm/"

static bool possible(void)
{
	return entry_machine_is_ours() && access(KSM "run", W_OK) == 0;
}

static void begin(void)
{
	write_file(KSM "use_zero_pages", "1");
	write_file(KSM "pages_to_scan", "100000");
	write_file(KSM "sleep_millisecs", "1");
	/* From Linux 6.7 on KSM passes over pages that it could not merge before. */
	try_write_file(KSM "smart_scan", "0");
	write_file(KSM "run", "1");
}

static bool make(unsigned char *start, size_t length)
{
	return madvise(start, length, MADV_MERGEABLE) == 0;
}

/* Neither the zero page nor a page that is mapped twice is exclusive. */
static void wait_for_page(unsigned char *page)
{
	uint64_t word;

	do {
		sched_yield();
		word = entry_word(page);
		test_ok(word & ENTRY_PRESENT);
	} while (word & ENTRY_EXCLUSIVE);
}

static void settle(void)
{
	entry_each_page(wait_for_page);
}

static void end(void)
{
	write_file(KSM "run", "0");
}

const struct entry_state entry_ksm_zero = {
	.shows = ENTRY_SHOWS_ZERO,
	.fill = 0,
	.possible = possible,
	.begin = begin,
	.make = make,
	.settle = settle,
	.end = end,
};

const struct entry_state entry_ksm_same = {
	.fill = 0x5a,
	.counts = true,
	.possible = possible,
	.begin = begin,
	.make = make,
	.settle = settle,
	.end = end,
};
