/* SPDX-License-Identifier: MIT */
/*
 * The host side of an instance: its input, its captured output, its own clock
 * and random numbers. Instances share none of it.
 */
#ifndef DEMO_WASI_H
#define DEMO_WASI_H

#include <stddef.h>
#include <stdint.h>

#include <wasm-rt.h>

#define WASI_OUTPUT_MAX 32768

/* Status of an instance that called proc_exit; above every wasm_rt_trap_t. */
#define WASI_TRAP_EXIT 100

struct wasi {
	/* The instance's memory, whose size bounds every access. */
	const wasm_rt_memory_t *memory;
	uint32_t seed;
	const char *input;
	size_t input_length, input_at;
	uint64_t random;
	uint64_t clock; /* nanoseconds; each read adds 1 ms */
	uint32_t exit_code;
	size_t output_length;
	char output[WASI_OUTPUT_MAX];
};

/* Begins a run. The same arguments give the same results of all calls. */
void wasi_begin(struct wasi *host, uint32_t seed, const char *input, size_t length);

/*
 * The host address of length bytes of linear memory; NULL when they do not all
 * lie inside it.
 */
void *wasi_memory(const struct wasi *host, uint32_t address, uint64_t length);

/* Appends to the captured output; 0, or -1 when it does not fit. */
int wasi_output(struct wasi *host, const char *text, size_t length);
void wasi_print(struct wasi *host, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif /* DEMO_WASI_H */
