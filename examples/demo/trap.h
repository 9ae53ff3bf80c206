/* SPDX-License-Identifier: MIT */
/*
 * Traps: an access that is out of bounds, or endless recursion, ends the run of a
 * program, and the caller gets the trap as a status.
 */
#ifndef DEMO_TRAP_H
#define DEMO_TRAP_H

#include <stdint.h>

#include "wasi.h"

/*
 * Sets up wasm2c's runtime, and the demo's signal handler in place of wasm2c's.
 * Exits with a message on failure.
 */
void trap_init(void);

/*
 * Calls a program's function. A fault in the range of trap_memory() is an
 * out-of-bounds trap, one at the end of the stack is stack exhaustion; any
 * other kills the process. Returns 0 and *value, or a wasm_rt_trap_t, or
 * WASI_TRAP_EXIT.
 */
int trap_call(uint32_t (*function)(void *state, struct wasi *host), void *state, struct wasi *host,
	      uint32_t *value);

/* Sets the memory of the instance that runs next, guards included. */
void trap_memory(const uint8_t *memory, uint64_t length);

#endif /* DEMO_TRAP_H */
