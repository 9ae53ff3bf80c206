/* SPDX-License-Identifier: MIT */
/*
 * What is fuzzed: a parser that has all its memory in one place. It stands for a
 * program that takes long to start and little to handle one input.
 */
#ifndef TARGET_H
#define TARGET_H

#include <stddef.h>
#include <stdint.h>

#define TARGET_CELLS 4096
#define TARGET_LOG (6 * 4096)
/* Places in the code that report when they are reached. */
#define TARGET_PLACES 8

/* All of the target's memory. It ends with the cells, at the end of a page. */
struct target {
	uint8_t tokens[1 << 16]; /* made by start-up: what each pair of bytes means */
	uint8_t log[TARGET_LOG];
	uint8_t unused[4096 - 3 * sizeof(uint32_t)];
	uint32_t log_used;
	uint32_t is_wide;
	uint32_t sum;
	uint8_t cells[TARGET_CELLS];
};

/* Slow, and the same for every input: to be done once. */
void target_start(struct target *target);

/* Handles one input. Sets reached[place] for each place that it comes to. */
void target_run(struct target *target, const uint8_t *input, size_t length,
		uint8_t reached[TARGET_PLACES]);

#endif /* TARGET_H */
