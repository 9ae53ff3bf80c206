/* SPDX-License-Identifier: MIT */
/*
 * What the kernel, or the program, can make of the page-table entries of written memory:
 * the rows of docs/pagemap.md. A test writes memory, brings it into a state, and then
 * looks what the library makes of it.
 */
#ifndef TESTS_ENTRIES_H
#define TESTS_ENTRIES_H

#include "test.h"

/* What memory shows that was written and then brought into a state. */
enum entry_shows {
	ENTRY_SHOWS_WRITTEN, /* what was written */
	ENTRY_SHOWS_ZERO,
	ENTRY_SHOWS_EITHER, /* page by page, and at any time, one of the two */
	ENTRY_FAULTS,
};

/* The memory that can come into a state. */
enum entry_where {
	ENTRY_ANYWHERE,
	ENTRY_ANONYMOUS, /* what is no map of a file */
	ENTRY_FILE,	 /* a private map of a file */
};

#define ENTRY_ANY_FILL (-1)

/*
 * A state.
 *
 * @where: in the memory
 * @shows: what the memory shows in it
 * @fill: the byte that the memory has to be written with, or ENTRY_ANY_FILL
 * @huge: only whole huge pages of memory can come into it
 * @counts: its pages are resident ones of the slot
 * @possible: NULL: everywhere
 * @begin: is called first, before there is memory; or NULL
 * @make: brings written pages into the state, or begins to; false: it cannot, and they
 *	show what was written
 * @settle: waits until all pages are in it for which make() said true; or NULL
 * @end: gives up what holds the state; or NULL
 */
struct entry_state {
	enum entry_where where;
	enum entry_shows shows;
	int fill;
	bool huge;
	bool counts;
	bool (*possible)(void);
	void (*begin)(void);
	bool (*make)(unsigned char *start, size_t length);
	void (*settle)(void);
	void (*end)(void);
};

extern const struct entry_state entry_written;
extern const struct entry_state entry_read_only;
extern const struct entry_state entry_cold;
extern const struct entry_state entry_lazy_free;
extern const struct entry_state entry_lazy_freed;
extern const struct entry_state entry_soft_dirty;
extern const struct entry_state entry_guard;
extern const struct entry_state entry_guard_file;

extern const struct entry_state entry_ksm_zero;
extern const struct entry_state entry_ksm_same;

extern const struct entry_state entry_swapped;
extern const struct entry_state entry_swap_cached;

extern const struct entry_state entry_huge;
extern const struct entry_state entry_huge_zero;
extern const struct entry_state entry_huge_split;
extern const struct entry_state entry_huge_file;

extern const struct entry_state entry_uffd_zero;
extern const struct entry_state entry_uffd_copy;
extern const struct entry_state entry_uffd_protected;
extern const struct entry_state entry_uffd_poison;

extern const struct entry_state entry_migrated;
extern const struct entry_state entry_poisoned;

extern const struct entry_state entry_forked;
extern const struct entry_state entry_pinned;
extern const struct entry_state entry_spliced;

bool entry_possible(const struct entry_state *state);
void entry_begin(const struct entry_state *state);

/*
 * Brings written memory into the state, which is a private map of a file or is not; false:
 * such memory cannot come into it. It is an error when other memory does not.
 */
bool entry_make(const struct entry_state *state, unsigned char *start, size_t length, bool file);

/* The same for memory of the device, whose content nothing of all this may change. */
void entry_attempt(const struct entry_state *state, unsigned char *start, size_t length);
void entry_settle(const struct entry_state *state);
void entry_end(const struct entry_state *state);

/* ---- for the files of states ----------------------------------------------------- */

/* Root in the test guest, where the machine's settings are the test's to change. */
bool entry_machine_is_ours(void);

/* Whether the kernel knows an advice at all. */
bool entry_advice_known(int advice);
bool entry_advice_for_files(int advice);

/* The word of /proc/self/pagemap for the page at this address. */
uint64_t entry_word(const void *at);

#define ENTRY_PRESENT (UINT64_C(1) << 63)
#define ENTRY_SWAPPED (UINT64_C(1) << 62)
#define ENTRY_EXCLUSIVE (UINT64_C(1) << 56)

/* Calls it for each page of each range that came into the state. */
void entry_each_page(void (*look)(unsigned char *page));

#endif /* TESTS_ENTRIES_H */
