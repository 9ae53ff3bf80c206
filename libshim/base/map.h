/* SPDX-License-Identifier: MIT */
/*
 * Memory maps that are not locked, whatever mlockall() said.
 */
#ifndef SHIM_MAP_H
#define SHIM_MAP_H

#include <stdint.h>

/*
 * A private map of a file, or of no file with -1, whose pages are not locked. NULL with
 * errno set. The length is a page multiple, and so is page_size.
 */
void *shim_map_create(uint64_t length, int protection, int file, uint64_t page_size);

/*
 * -EPERM, with a message, in a process all of whose memory can be executed: memory for
 * tenants never is.
 */
int shim_map_check(void);

#endif /* SHIM_MAP_H */
