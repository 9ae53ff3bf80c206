/* SPDX-License-Identifier: MIT */
/*
 * Where an instance lies: in an instance of libshim's allocator, or in plain
 * memory that no instance used before (a reference instance). Both have the same
 * areas.
 *
 * wasm2c keeps globals and table in structs of its own, which libshim does not
 * know. They lie in the instance's stack, for which wasm2c's code has no other
 * use, and so they are part of the slot and of its reset.
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

#define WASM_PAGE 65536u

/*
 * A load or store reaches at most 2^32 - 1 + 2^32 - 1 + 8 bytes past the start of
 * the memory, and wasm2c's code checks no bounds: all of that must be guard.
 */
#define MEMORY_RESERVE ((uint64_t)4 << 30)
#define MEMORY_GUARD (((uint64_t)4 << 30) + WASM_PAGE)
/* The most pages that a memory may have, in a slot or in plain memory. */
#define MEMORY_PAGES_MAX 128u
#define STATE_ROOM (4u << 10)
#define TABLE_ROOM (12u << 10)

struct place {
	uint8_t *area[AREA_COUNT];
	struct shim_instance *instance; /* NULL: plain memory */
};

/* Fills in the config of an allocator for such instances. */
void place_config(struct shim_allocator_config *config, enum shim_backend backend, uint32_t slots);

/* Sets the place to that of an instance of the allocator. */
void place_of(struct place *place, struct shim_instance *instance);

/* 0 or -errno. On success place_plain_free() gives it back. */
int place_plain_init(struct place *place);
void place_plain_free(struct place *place);

/*
 * Grows the memory to the length, unless it is as long already. 0 or -errno. The
 * memory of a new instance has its minimum.
 */
int place_grow(struct place *place, uint64_t length);

#endif /* DEMO_PLACE_H */
