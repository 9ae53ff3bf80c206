/* SPDX-License-Identifier: MIT */
/*
 * Checksums of what an instance leaves: its outcome, output, globals and
 * table, and its memory block by block.
 *
 * Host pointers, which differ from place to place, are left out; the pointer in
 * a table element counts as the distance from its instance struct.
 */
#ifndef DEMO_DIGEST_H
#define DEMO_DIGEST_H

#include <stddef.h>
#include <stdint.h>

#include "instance.h"

/* The bytes of memory that one checksum covers; a WebAssembly page has 16 of them. */
#define DIGEST_BLOCK (4u << 10)

struct digest {
	struct outcome outcome;
	uint32_t exit_code;
	uint32_t memory_pages; /* WebAssembly pages */
	uint64_t output;
	size_t output_length;
	uint64_t state;
	uint64_t table;
};

/* A change of any single word always changes the sum. */
uint64_t digest_bytes(const void *data, size_t length);
uint64_t digest_block(const void *block);

/* All but the memory. */
void digest_take(struct digest *digest, const struct instance *instance, struct outcome outcome);

/* NULL when they are equal, else the name of what differs. */
const char *digest_compare(const struct digest *a, const struct digest *b);

#endif /* DEMO_DIGEST_H */
