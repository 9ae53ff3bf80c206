/* SPDX-License-Identifier: MIT */
/*
 * Sleeping on a word of this process. Condition variables would do as well, but a child of
 * fork() cannot destroy one on which a thread of its parent sleeps.
 */
#ifndef SHIM_FUTEX_H
#define SHIM_FUTEX_H

#include <limits.h>
#include <linux/futex.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

#define SHIM_FUTEX_ALL INT_MAX

/* Sleeps while the word is the value, or for no reason less. */
static inline void shim_futex_wait(_Atomic uint32_t *word, uint32_t value)
{
	syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, value, NULL, NULL, 0);
}

static inline void shim_futex_wake(_Atomic uint32_t *word, int most)
{
	syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, most, NULL, NULL, 0);
}

#endif /* SHIM_FUTEX_H */
