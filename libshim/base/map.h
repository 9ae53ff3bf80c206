/* SPDX-License-Identifier: MIT */
/*
 * Memory maps that are not locked, whatever mlockall() said.
 */
#ifndef SHIM_MAP_H
#define SHIM_MAP_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/mman.h>

/* From Linux 5.7. */
#ifndef MREMAP_DONTUNMAP
#define MREMAP_DONTUNMAP 4
#endif

/*
 * A private map of a file, or of no file with -1, whose pages are not locked. NULL with
 * errno set. The length is a page multiple, and so is page_size.
 */
void *shim_map_create(uint64_t length, int protection, int file, uint64_t page_size);

/*
 * Whether mremap() can copy a map of at least a page, which stays as it is: not before Linux
 * 5.7, nor under Valgrind or a filter of system calls.
 */
bool shim_map_can_be_copied(void *map, uint64_t page_size);

/*
 * A call that is to replace a map may fail when it has unmapped that already. Whether nothing is
 * mapped in some part of a range of private memory.
 */
bool shim_map_has_hole(void *start, uint64_t length);

/*
 * Maps a range, without access and not locked, in which nothing is mapped. -EEXIST: something
 * is, and stays. -errno without a message.
 */
int shim_map_fill(void *start, uint64_t length, uint64_t page_size);

/*
 * -EPERM, with a message, in a process all of whose memory can be executed: memory for
 * tenants never is.
 */
int shim_map_check(void);

#endif /* SHIM_MAP_H */
