/* SPDX-License-Identifier: MIT */
/*
 * A program of the fuzzer: calls, and the choices of which their arguments are made.
 *
 * encode.c takes a choice for each value that can be one or the other, in their order. So
 * any choices are a program, and a changed one is another.
 */
#ifndef FUZZ_PROGRAM_H
#define FUZZ_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MAX_STEPS 16
#define MAX_CHOICES 40
/* Room for a program as text. */
#define PROGRAM_TEXT (MAX_STEPS * (MAX_CHOICES * 9 + 32))

struct step {
	uint32_t call;
	uint32_t choices[MAX_CHOICES];
};

struct program {
	uint32_t count;
	struct step steps[MAX_STEPS];
};

/* Of one worker. */
struct random {
	uint64_t state;
};

uint32_t random_next(struct random *random);
uint32_t random_below(struct random *random, uint32_t end);

void program_generate(struct random *random, struct program *program);
/* @other: a program of which a part may come in. */
void program_mutate(struct random *random, struct program *program, const struct program *other);

/* NAME:CHOICE,CHOICE;NAME and so on, in hexadecimal, without zeroes at the end. */
void program_print(const struct program *program, char text[PROGRAM_TEXT]);
bool program_parse(char *text, struct program *program);

#endif /* FUZZ_PROGRAM_H */
