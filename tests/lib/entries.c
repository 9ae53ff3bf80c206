// SPDX-License-Identifier: MIT
/* Brings memory into states, and has those that an advice alone makes. */
#include "entries.h"

#include <sys/mman.h>

#include "file.h"

/* From linux/mman.h of Linux 5.14 and 6.13. */
#ifndef MADV_POPULATE_READ
#define MADV_POPULATE_READ 22
#endif
#ifndef MADV_GUARD_INSTALL
#define MADV_GUARD_INSTALL 102
#endif

struct range {
	unsigned char *start;
	size_t length;
};

static struct range ranges[8];
static unsigned int range_count;

bool entry_machine_is_ours(void)
{
	return getenv("GUARDSLOT_GUEST") && geteuid() == 0;
}

static bool advice_works(int advice, int flags, int fd)
{
	void *page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | flags, fd, 0);
	bool works;

	test_ok(page != MAP_FAILED);
	*(unsigned char *)page = 1;
	works = madvise(page, PAGE, advice) == 0;
	munmap(page, PAGE);
	return works;
}

bool entry_advice_known(int advice)
{
	return advice_works(advice, MAP_ANONYMOUS, -1);
}

bool entry_advice_for_files(int advice)
{
	int fd = memfd_create("advice", MFD_CLOEXEC);
	bool works;

	test_sys(fd);
	test_sys(ftruncate(fd, (off_t)PAGE));
	works = advice_works(advice, 0, fd);
	close(fd);
	return works;
}

uint64_t entry_word(const void *at)
{
	int fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	uint64_t word;

	test_sys(fd);
	test_eq(pread(fd, &word, sizeof(word), (off_t)((uintptr_t)at / PAGE * sizeof(word))),
		sizeof(word));
	close(fd);
	return word;
}

void entry_each_page(void (*look)(unsigned char *page))
{
	for (unsigned int i = 0; i < range_count; i++)
		for (size_t at = 0; at < ranges[i].length; at += PAGE)
			look(ranges[i].start + at);
}

bool entry_possible(const struct entry_state *state)
{
	return !state->possible || state->possible();
}

void entry_begin(const struct entry_state *state)
{
	range_count = 0;
	if (state->begin)
		state->begin();
}

bool entry_make(const struct entry_state *state, unsigned char *start, size_t length, bool file)
{
	if (state->where == (file ? ENTRY_ANONYMOUS : ENTRY_FILE))
		return false;
	test_ok(state->make(start, length));
	test_ok(range_count < ARRAY_SIZE(ranges));
	ranges[range_count++] = (struct range){ start, length };
	return true;
}

void entry_attempt(const struct entry_state *state, unsigned char *start, size_t length)
{
	state->make(start, length);
}

void entry_settle(const struct entry_state *state)
{
	if (state->settle && range_count)
		state->settle();
}

void entry_end(const struct entry_state *state)
{
	if (state->end)
		state->end();
}

/* ---- states that an advice makes ---------------------------------------------- */

static bool leave(unsigned char *start, size_t length)
{
	(void)start;
	(void)length;
	return true;
}

const struct entry_state entry_written = {
	.fill = ENTRY_ANY_FILL,
	.counts = true,
	.make = leave,
};

/* In anonymous memory, the zero page. */
static bool read_only(unsigned char *start, size_t length)
{
	if (madvise(start, length, MADV_DONTNEED))
		return false;
	for (size_t at = 0; at < length; at += PAGE)
		(void)*(volatile unsigned char *)(start + at);
	return true;
}

const struct entry_state entry_read_only = {
	.where = ENTRY_ANONYMOUS,
	.shows = ENTRY_SHOWS_ZERO,
	.fill = ENTRY_ANY_FILL,
	.make = read_only,
};

static bool cold(unsigned char *start, size_t length)
{
	return madvise(start, length, MADV_COLD) == 0;
}

const struct entry_state entry_cold = {
	.fill = ENTRY_ANY_FILL,
	.counts = true,
	.make = cold,
};

static bool lazy_free(unsigned char *start, size_t length)
{
	return madvise(start, length, MADV_FREE) == 0;
}

const struct entry_state entry_lazy_free = {
	.where = ENTRY_ANONYMOUS,
	.shows = ENTRY_SHOWS_EITHER,
	.fill = ENTRY_ANY_FILL,
	.make = lazy_free,
};

/* As far as the kernel follows the second advice. */
static bool lazy_freed(unsigned char *start, size_t length)
{
	return lazy_free(start, length) && madvise(start, length, MADV_PAGEOUT) == 0;
}

const struct entry_state entry_lazy_freed = {
	.where = ENTRY_ANONYMOUS,
	.shows = ENTRY_SHOWS_EITHER,
	.fill = ENTRY_ANY_FILL,
	.make = lazy_freed,
};

/* All pages of the process become read-only, until they are written again. */
static void soft_dirty_clear(void)
{
	write_file("/proc/self/clear_refs", "4");
}

const struct entry_state entry_soft_dirty = {
	.fill = ENTRY_ANY_FILL,
	.counts = true,
	.make = leave,
	.settle = soft_dirty_clear,
};

static bool guards(void)
{
	return entry_advice_known(MADV_GUARD_INSTALL);
}

static bool guard(unsigned char *start, size_t length)
{
	return madvise(start, length, MADV_GUARD_INSTALL) == 0;
}

const struct entry_state entry_guard = {
	.where = ENTRY_ANONYMOUS,
	.shows = ENTRY_FAULTS,
	.fill = ENTRY_ANY_FILL,
	.possible = guards,
	.make = guard,
};

/* From Linux 6.15 on. */
static bool guards_in_files(void)
{
	return entry_advice_for_files(MADV_GUARD_INSTALL);
}

const struct entry_state entry_guard_file = {
	.where = ENTRY_FILE,
	.shows = ENTRY_FAULTS,
	.fill = ENTRY_ANY_FILL,
	.possible = guards_in_files,
	.make = guard,
};
