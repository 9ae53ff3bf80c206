/* SPDX-License-Identifier: MIT */
/*
 * The allocator that a test has as its argument:
 *
 *	device		pooling on /dev/guardslot
 *	mmap		pooling on plain system calls
 *	ondemand	malloc() and mmap() for each instance
 */
#ifndef TESTS_ALLOCATORS_H
#define TESTS_ALLOCATORS_H

#include "test.h"

#include <libshim.h>

#define WASM_PAGE SHIM_WASM_PAGE

bool allocator_is(const char *name);
bool is_pooling(void);
bool is_device(void);
enum shim_allocator_kind kind_get(void);

/*
 * How often to do what threads do to one another. Emulated processors take long to
 * wait for each other's locks, and milliseconds for each flush of all TLBs, of which
 * there are many without the device.
 */
int thread_rounds(int rounds);

/* Small, with room for two of everything; a test changes what it is about. */
struct shim_allocator_config config_small(void);

struct shim_allocator *allocator_create(const struct shim_allocator_config *config);
struct shim_allocator *allocator_small(void);

/* An allocator of one instance: on a pool the next one gets the same slot. */
struct shim_allocator *allocator_single(void);

struct shim_allocator_info info_of(struct shim_allocator *allocator);

#endif /* TESTS_ALLOCATORS_H */
