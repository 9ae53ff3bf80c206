// SPDX-License-Identifier: MIT
// Whatever became of the page-table entries of written pages, nothing of the tenant is left.
#include "slot_test.h"

#include "entry_driver.h"

/* STATE(name, sentence): where the kernel can make it. */
#define STATE(state, sentence)                         \
	static bool state##_possible(void)             \
	{                                              \
		return entry_possible(&entry_##state); \
	}                                              \
	TEST_WHEN(state##_possible, sentence)          \
	{                                              \
		test_timeout(120);                     \
		entry_operations(&entry_##state);      \
	}

STATE(written, "written pages")
STATE(read_only, "the zero page, which was read")
STATE(cold, "pages that are cold")
STATE(lazy_free, "pages that the kernel may free when it likes")
STATE(lazy_freed, "pages that the kernel may free and was asked to page out")
STATE(soft_dirty, "pages that were made read-only to see writes")
STATE(guard, "guard markers")
STATE(guard_file, "guard markers in the map of a file")
STATE(ksm_zero, "pages of zeroes that KSM took for the zero page")
STATE(ksm_same, "equal pages that KSM merged")
STATE(swapped, "pages that are swapped out")
STATE(swap_cached, "pages that were swapped out and read again")
STATE(huge, "huge pages")
STATE(huge_zero, "the huge zero page")
STATE(huge_split, "a huge page of zeroes that the kernel split")
STATE(huge_file, "an image in huge pages")
STATE(uffd_zero, "the zero page, from userfaultfd")
STATE(uffd_copy, "pages from userfaultfd")
STATE(uffd_protected, "pages and markers that userfaultfd protects")
STATE(uffd_poison, "poison markers")
STATE(migrated, "pages that the kernel moved")
STATE(poisoned, "pages that were lost to an error of the memory")
STATE(forked, "pages that a child shares")
STATE(pinned, "pages that are pinned")
STATE(spliced, "pages that a pipe has")

TEST_MAIN()
