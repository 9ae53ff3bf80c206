/* SPDX-License-Identifier: MIT */
/*
 * What the library tells tools that check how a program uses memory: ASan, MSan, TSan and
 * Valgrind's memcheck. They see neither what the kernel writes into a slot, nor which slots
 * a program may touch at present.
 *
 * The sanitizers are asked through functions of their runtimes, which are there when the
 * program was built with one, however the library was; Valgrind through requests in its
 * header, where that is there at build. Without a tool nothing here does anything, and
 * callers look first whether there is one.
 */
#ifndef SHIM_CHECKERS_H
#define SHIM_CHECKERS_H

#include <stdbool.h>
#include <stdint.h>

/* One of them watches memory: all but TSan. */
bool shim_checkers_watch_memory(void);
/* TSan watches threads. */
bool shim_checkers_watch_threads(void);

/* Any touch is an error from now on. Of a long range the sanitizers need an eighth. */
void shim_checkers_deny(void *start, uint64_t length);
/* It may be touched, and what is in it is defined. */
void shim_checkers_allow(void *start, uint64_t length);
/* What is in it is defined, as the kernel has written it. */
void shim_checkers_define(void *start, uint64_t length);

/*
 * Who acquires an object sees what was done by those that released it before. TSan sees the
 * library's own atomic operations only where that was built with it.
 */
void shim_checkers_acquire(void *object);
void shim_checkers_release(void *object);

#endif /* SHIM_CHECKERS_H */
