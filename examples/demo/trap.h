/* SPDX-License-Identifier: MIT */
/*
 * Traps: what ends a program that touches what it must not, or recurses for
 * ever, is a status that the caller gets back.
 */
#ifndef DEMO_TRAP_H
#define DEMO_TRAP_H

#include <stddef.h>
#include <stdint.h>

#include "wasi.h"

/*
 * Sets up wasm2c's runtime with our own signal handler in place of its own.
 * Exits with a message on failure.
 */
void trap_init(void);

/*
 * Calls a program's function. A fault in the length bytes at memory is an
 * out-of-bounds trap, one at the end of the stack is stack exhaustion; any
 * other kills the process. Returns 0 and *value, or a wasm_rt_trap_t, or
 * WASI_TRAP_EXIT.
 */
int trap_call(uint32_t (*function)(void *state, struct wasi *host), void *state, struct wasi *host,
	      uint32_t *value);

/* The memory of the instance that runs next, guard and all. */
void trap_memory(const uint8_t *memory, uint64_t length);

#endif /* DEMO_TRAP_H */
