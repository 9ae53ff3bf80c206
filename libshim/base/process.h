/* SPDX-License-Identifier: MIT */
/*
 * Which process this is. A child of fork() has a copy of all that the library had in its
 * parent, but not the memory of slots, and its calls on the file of a pool would change
 * the parent's slots.
 */
#ifndef SHIM_PROCESS_H
#define SHIM_PROCESS_H

#include <stdint.h>
#include <sys/types.h>

/*
 * A byte that is 1 in this process and 0 in all children, forever. It is what a call looks
 * at before anything else, so that it takes no lock that another thread of the parent had
 * when it forked. -ENOMEM with a message.
 */
int shim_process_mark(const uint8_t **mark);

/* What is in ordinary memory, and so works in a child as in its parent, has this mark. */
extern const uint8_t shim_process_any;

/*
 * An error that is never 0, told to the compiler: a caller that checks for one then needs
 * no second test, and keeps nothing for what follows.
 */
static inline int shim_certain_error(int error)
{
	if (!error)
		__builtin_unreachable();
	return error;
}

/* -EPERM, with a message that names the process that made the object. */
int shim_process_error(const char *what, pid_t owner);

/*
 * The lock of what the process has only one of. No other lock is taken under it. fork()
 * waits for it, so that it is free in a child, and what it protects is whole.
 */
void shim_process_lock(void);
void shim_process_unlock(void);

#endif /* SHIM_PROCESS_H */
