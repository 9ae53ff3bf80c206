/* SPDX-License-Identifier: MIT */
/*
 * A slot whose written memory is brought into a state of its page-table entries: in the
 * part that has the image, in one that starts as zero, and in one past the first limit.
 */
#ifndef SLOTS_ENTRY_DRIVER_H
#define SLOTS_ENTRY_DRIVER_H

#include "entries.h"

/* What is done to the slot then, and is checked. */
enum entry_operation {
	ENTRY_RESET,
	ENTRY_REBIND,
	ENTRY_UNBIND,
	ENTRY_PURGE,
	ENTRY_SHRINK,
	ENTRY_SNAPSHOT,
	ENTRY_OPERATIONS,
};

/* Each operation in a pool of its own. */
void entry_operations(const struct entry_state *state);

#endif /* SLOTS_ENTRY_DRIVER_H */
