/* SPDX-License-Identifier: MIT */
/*
 * Where an instance lives: in an instance of libshim's allocator, or in plain
 * memory of its own that no instance had before (a reference instance). Both
 * have the same areas.
 *
 * wasm2c keeps globals and table in structs of its own, which libshim does not
 * know of. They lie in the instance's stack, which wasm2c's code has no other use
 * for, and so are part of the slot and of its reset.
 */
#ifndef DEMO_PLACE_H
#define DEMO_PLACE_H

#include <stdint.h>

#include <libshim.h>

enum {
	AREA_MEMORY, /* the linear memory */
	AREA_STATE,  /* wasm2c's instance struct, with the globals */
	AREA_TABLE,  /* the elements of the table */
	AREA_COUNT,
};

#define HOST_PAGE 4096u
#define WASM_PAGE 65536u

/*
 * A load or store may reach 2^32 - 1 + 2^32 - 1 + 8 bytes past the start of the
 * memory, and wasm2c's code does not check: all that must be guard.
 */
#define MEMORY_RESERVE ((uint64_t)4 << 30)
#define MEMORY_GUARD (((uint64_t)4 << 30) + WASM_PAGE)
/* The most that a program may grow to, in a slot or out of it. */
#define MEMORY_PAGES_MAX 128u
#define STATE_ROOM HOST_PAGE
#define TABLE_ROOM (3 * HOST_PAGE)

struct place {
	uint8_t *area[AREA_COUNT];
	struct shim_instance *instance; /* NULL: plain memory */
};

/* An allocator for such instances; reset_batch is its. */
void place_config(struct shim_allocator_config *config, enum shim_backend backend, uint32_t slots);

/* The place that an instance of the allocator is. */
void place_of(struct place *place, struct shim_instance *instance);

/* 0 or -errno. On success place_plain_free() gives it back. */
int place_plain_init(struct place *place);
void place_plain_free(struct place *place);

/*
 * Makes the memory so long; it can only grow. The memory of an instance that is
 * new has its minimum. 0 or -errno.
 */
int place_grow(struct place *place, uint64_t length);

#endif /* DEMO_PLACE_H */
