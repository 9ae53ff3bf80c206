/* SPDX-License-Identifier: MIT */
/*
 * The backend that a test has as its argument:
 *
 *	device		/dev/guardslot
 *	mmap		plain system calls, the best way this kernel has
 *	mmap-noscan	the same, as on a kernel without PAGEMAP_SCAN
 *	mmap-noproc	the same, as without /proc
 */
#ifndef SLOTS_BACKEND_H
#define SLOTS_BACKEND_H

#include <stdbool.h>

#include <libshim.h>

bool backend_is(const char *name);
enum shim_backend backend_get(void);

/*
 * Keeping pages over a reset takes knowing which were written, and for mmap that
 * takes PAGEMAP_SCAN.
 */
bool backend_keeps_pages(void);

#endif /* SLOTS_BACKEND_H */
