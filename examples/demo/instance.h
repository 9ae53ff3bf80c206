/* SPDX-License-Identifier: MIT */
/*
 * An instance of a program in a place: start-up, moving to another place, and
 * a run.
 *
 * An instance's areas have three kinds of host pointer: to its memory, to its table,
 * and to its host; and each table element points to the instance struct that it
 * belongs to. In a new instance they are those of the slot in which the snapshot was
 * made; instance_bind() corrects them.
 */
#ifndef DEMO_INSTANCE_H
#define DEMO_INSTANCE_H

#include <stddef.h>
#include <stdint.h>

#include <wasm-rt.h>

#include "place.h"
#include "program.h"
#include "wasi.h"

/* memory_offset or table_offset of a program without one. */
#define INSTANCE_NONE SIZE_MAX

struct instance {
	const struct program *program;
	struct place place;
	/* Where wasm2c's memory and table structs lie in the state. */
	size_t memory_offset, table_offset;
	struct wasi host;
};

/* How a run ended. */
struct outcome {
	int status; /* 0, wasm_rt_trap_t, or WASI_TRAP_EXIT */
	uint32_t value;
};

/* The instance whose code runs; runtime.c needs it. */
struct instance *instance_current(void);

/*
 * Records where a memory or table struct lies in the instance's state.
 * -EEXIST when there is one already, -EINVAL when it lies elsewhere.
 */
int instance_own(const struct instance *instance, const void *member, size_t *offset);

/*
 * Runs start-up in the instance's place, which is new; any trap in it is an error
 * of the program. 0 or -errno.
 */
int instance_start(struct instance *instance, const struct program *program);

/* Corrects the pointers of an instance whose place holds a copy of origin's content. */
void instance_bind(struct instance *instance, const struct instance *origin);

struct outcome instance_run(struct instance *instance, uint32_t seed, const char *input,
			    size_t length);

/* NULL when the program has none. */
wasm_rt_memory_t *instance_memory(const struct instance *instance);
wasm_rt_funcref_table_t *instance_table(const struct instance *instance);

#endif /* DEMO_INSTANCE_H */
