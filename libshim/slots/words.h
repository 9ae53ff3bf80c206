/* SPDX-License-Identifier: MIT */
/*
 * The states of a claim word beyond those of the kernel, and how a slot is given up.
 *
 * SHIM_SLOT_WAITING and SHIM_SLOT_FAILED are written by this process only; the kernel
 * changes a word that is IDLE, and no other. A word of a slot whose reset failed has the
 * error number beside the state.
 */
#ifndef SHIM_WORDS_H
#define SHIM_WORDS_H

#include "backend/backend.h"

static inline uint32_t shim_word_failed(int error)
{
	return SHIM_SLOT_FAILED | (uint32_t)-error << 8;
}

static inline uint32_t shim_word_state(uint32_t word)
{
	return (word & 0xff) == SHIM_SLOT_FAILED ? SHIM_SLOT_FAILED : word;
}

static inline int shim_word_error(uint32_t word)
{
	return -(int)(word >> 8);
}

/*
 * Changes the word of a slot that this thread has, from what it must be: who takes the slot
 * next sees all that was done to it. -EBUSY where the word is another.
 */
int shim_word_leave(struct shim_pool *pool, uint32_t slot, uint32_t from, uint32_t to);

#endif /* SHIM_WORDS_H */
