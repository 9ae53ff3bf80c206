/* SPDX-License-Identifier: MIT */
/*
 * The target of the fuzzer: a parser that has all its memory in one struct. It stands
 * for a program whose start-up takes long and whose handling of one input does not.
 */
#ifndef TARGET_H
#define TARGET_H

#include <stddef.h>
#include <stdint.h>

/* A multiple of the page size, whichever that is: the area's limit must be one. */
#define TARGET_SIZE (128u << 10)
#define TARGET_TOKENS (1u << 16)
#define TARGET_CELLS 4096u
#define TARGET_LOG (TARGET_SIZE - TARGET_TOKENS - 3 * sizeof(uint32_t) - TARGET_CELLS)
/* Places in the code that report when they are reached. */
#define TARGET_PLACES 8

/* All of the target's memory. It ends with the cells, so that the limit is their end. */
struct target {
	uint8_t tokens[TARGET_TOKENS]; /* set by start-up: what each pair of bytes means */
	uint8_t log[TARGET_LOG];
	uint32_t log_used;
	uint32_t is_wide;
	uint32_t sum;
	uint8_t cells[TARGET_CELLS];
};

_Static_assert(sizeof(struct target) == TARGET_SIZE, "nothing lies past the cells");

/* Start-up: slow, and the same for every input. */
void target_start(struct target *target);

/* Handles one input. Sets reached[place] for each place that it reaches. */
void target_run(struct target *target, const uint8_t *input, size_t length,
		uint8_t reached[TARGET_PLACES]);

#endif /* TARGET_H */
