/* SPDX-License-Identifier: MIT */
/*
 * Why a memory map cannot be made or changed.
 */
#ifndef SHIM_MAP_ERROR_H
#define SHIM_MAP_ERROR_H

#include <stdint.h>

/*
 * Sets the message of a mmap(), mprotect() or the like that failed with this error, and
 * returns the error. The message has what the error is, and in brackets the limit that is the
 * cause, if one is found; the caller puts before it what failed. The call asked for length
 * bytes more of address space, and for opened bytes more that can be written.
 */
int shim_map_error(int error, uint64_t length, uint64_t opened);

#endif /* SHIM_MAP_ERROR_H */
