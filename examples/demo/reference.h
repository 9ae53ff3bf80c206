/* SPDX-License-Identifier: MIT */
/*
 * What each seed of a program must leave: a fresh instance in plain memory goes
 * through start-up and runs once, and its checksums are kept.
 */
#ifndef DEMO_REFERENCE_H
#define DEMO_REFERENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "digest.h"
#include "instance.h"

/* One seed. */
struct reference {
	char *input;
	size_t input_length;
	char *output;
	struct digest digest;
	uint64_t *block; /* checksum of each block of the memory */
	uint32_t block_count;
};

struct references {
	const struct program *program;
	struct reference *seed; /* program->seeds of them */
	/* Checksum of each block of the memory after start-up. */
	uint64_t *initial;
	uint32_t initial_count;
	/*
	 * The blocks that the run of some seed changed, ascending. Only in these
	 * can an instance leave anything behind.
	 */
	uint32_t *written;
	uint32_t written_count;
};

/*
 * 0 or -errno, with a message printed. An instance that does not end as its
 * program expects is an error (-EPROTO).
 */
int references_create(struct references *references, const struct program *program);
void references_destroy(struct references *references);

/* Prints each seed's output, for people. */
void references_show(const struct references *references);

/*
 * Compares a finished instance with its reference: outcome, output, globals,
 * table, and the written blocks or all of them. NULL when equal, else what
 * differs.
 */
const char *reference_compare(const struct references *references, const struct instance *instance,
			      uint32_t seed, struct outcome outcome, bool all_blocks);

#endif /* DEMO_REFERENCE_H */
