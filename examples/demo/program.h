/* SPDX-License-Identifier: MIT */
/*
 * A program of the demo: a WebAssembly module that wasm2c translated to C, and the
 * functions that call it. programs[] lists them all.
 */
#ifndef DEMO_PROGRAM_H
#define DEMO_PROGRAM_H

#include <stddef.h>
#include <stdint.h>

#include "wasi.h"

/* host_offset of a program that imports nothing. */
#define PROGRAM_NO_HOST SIZE_MAX

struct program {
	const char *name;
	/* The binary that wasm2c translated. */
	const uint8_t *wasm, *wasm_end;
	/* wasm2c's instance struct: its size, and where its host pointer is. */
	size_t state_size;
	size_t host_offset;
	/* Distinct inputs; instance i of a run gets seed i % seeds. */
	uint32_t seeds;
	/* Once a process. */
	void (*init_module)(void);
	/* Start-up of an instance: instantiation, constructors, the program's own set-up. */
	void (*start)(void *state, struct wasi *host);
	/* One run of a started instance. Its result is compared. */
	uint32_t (*run)(void *state, struct wasi *host);
	/* Writes the input of a seed to buffer and returns its length. */
	size_t (*input)(uint32_t seed, char *buffer, size_t size);
	/* The trap that ends the run of a seed; NULL: never one. */
	int (*expected)(uint32_t seed);
};

extern const struct program *const programs[];
extern const unsigned int program_count;

/* The members wasm and wasm_end, and the symbols of corpus.S that they point to. */
#define PROGRAM_WASM(id) .wasm = wasm_##id, .wasm_end = wasm_##id##_end
#define PROGRAM_WASM_DECLARE(id) extern const uint8_t wasm_##id[], wasm_##id##_end[]

extern const struct program program_llhttp;
extern const struct program program_cjs;
extern const struct program program_esm;
extern const struct program program_trap;

#endif /* DEMO_PROGRAM_H */
