/* SPDX-License-Identifier: MIT */
/*
 * Images of known content.
 */
#ifndef TESTS_IMAGE_H
#define TESTS_IMAGE_H

#include "abi.h"

/* An image with @length bytes from @source at the start of area 0. */
uint32_t image_of(struct pool *pool, uint64_t tag, const void *source, size_t length,
		  uint64_t limit);

/* The same, of @pages pages that are all @value, with as large a limit. */
uint32_t image_filled(struct pool *pool, uint64_t tag, uint8_t value, size_t pages);

/* An image of the pool's first area; page i of it has key + i. */
uint32_t image_keyed(struct pool *pool, uint64_t tag, uint64_t key, size_t pages);

#endif /* TESTS_IMAGE_H */
