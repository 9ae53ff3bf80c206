/* SPDX-License-Identifier: MIT */
/*
 * From the choices of a step to the arguments of a call and the memory that they point to.
 */
#ifndef FUZZ_ENCODE_H
#define FUZZ_ENCODE_H

#include <stddef.h>

#include "description.h"
#include "program.h"
#include "results.h"

#define PIECES 8
#define PIECE 16384

/* Memory for a pointer; it ends where there is no more. */
struct piece {
	uint8_t *start;
	size_t used;
};

struct out {
	const uint8_t *at;
	unsigned int size;
	int resource;
};

/*
 * A call that is being made, of one thread.
 *
 * @next: number of the next choice
 * @wild: how many values are to come until one is anything; 0: none
 * @outs: what the kernel will have written
 */
struct encoder {
	const struct step *step;
	struct results *results;
	unsigned int next;
	unsigned int wild;
	struct piece pieces[PIECES];
	unsigned int piece_count;
	struct out outs[8];
	unsigned int out_count;
	uint64_t arguments[MAX_ARGUMENTS];
};

void encoder_init(struct encoder *encoder);
void encode(struct encoder *encoder, const struct step *step, struct results *results);

/* The number of the allocation that is to fail in the call; 0: none. */
unsigned int encode_failure(const struct step *step);

#endif /* FUZZ_ENCODE_H */
