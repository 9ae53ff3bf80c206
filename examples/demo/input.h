/* SPDX-License-Identifier: MIT */
/*
 * The programs' inputs: each function writes the input of a seed to buffer and
 * returns its length. The same seed gives the same input, and two seeds differ.
 */
#ifndef DEMO_INPUT_H
#define DEMO_INPUT_H

#include <stddef.h>
#include <stdint.h>

#define INPUT_MAX 16384

/* A small generator of pseudo-random numbers, also for shuffling. */
struct lots {
	uint64_t state;
};

void lots_init(struct lots *lots, uint64_t seed);
/* A number in [0, bound); bound is not 0. */
uint32_t lots_draw(struct lots *lots, uint32_t bound);

size_t input_none(uint32_t seed, char *buffer, size_t size);
/* Lines for the calculator, some of them in error. */
size_t input_calc(uint32_t seed, char *buffer, size_t size);
/* A JSON document, cut short for some seeds. */
size_t input_json(uint32_t seed, char *buffer, size_t size);
/* HTTP messages, requests for even seeds and responses for odd ones. */
size_t input_http(uint32_t seed, char *buffer, size_t size);
/* A piece of the documentation of a package, with typing errors put in. */
size_t input_prose(uint32_t seed, char *buffer, size_t size);
/* A source file of a package: a CommonJS module, a TypeScript declaration. */
size_t input_commonjs(uint32_t seed, char *buffer, size_t size);
size_t input_typescript(uint32_t seed, char *buffer, size_t size);

#endif /* DEMO_INPUT_H */
