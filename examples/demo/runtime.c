// SPDX-License-Identifier: MIT
/*
 * The functions that stand in for wasm2c's runtime. The linker's --wrap directs the
 * calls that make and grow memories and tables to them, and they use the areas of
 * instance_current() instead of mmap() and calloc().
 *
 * The areas belong to the instance's place, so freeing a memory or a table does
 * nothing.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <wasm-rt.h>

#include "instance.h"

void __wrap_wasm_rt_allocate_memory(wasm_rt_memory_t *memory, uint32_t pages, uint32_t max_pages);
uint32_t __wrap_wasm_rt_grow_memory(wasm_rt_memory_t *memory, uint32_t delta);
void __wrap_wasm_rt_free_memory(wasm_rt_memory_t *memory);
void __wrap_wasm_rt_allocate_funcref_table(wasm_rt_funcref_table_t *table, uint32_t elements,
					   uint32_t max_elements);
void __wrap_wasm_rt_free_funcref_table(wasm_rt_funcref_table_t *table);

/* Start-up cannot go on without its memory, and these functions return no error. */
static void require(int error, const char *what)
{
	if (!error)
		return;
	fprintf(stderr, "demo: %s: %s\n", what, strerror(-error));
	exit(EXIT_FAILURE);
}

void __wrap_wasm_rt_allocate_memory(wasm_rt_memory_t *memory, uint32_t pages, uint32_t max_pages)
{
	struct instance *instance = instance_current();

	require(instance_own(instance, memory, &instance->memory_offset), "second memory");
	require(place_grow(&instance->place, (uint64_t)pages * WASM_PAGE),
		"memory of the start-up instance");
	memory->data = instance->place.area[AREA_MEMORY];
	memory->pages = pages;
	memory->max_pages = max_pages < MEMORY_PAGES_MAX ? max_pages : MEMORY_PAGES_MAX;
	memory->size = pages * WASM_PAGE;
	instance->host.memory = memory;
}

uint32_t __wrap_wasm_rt_grow_memory(wasm_rt_memory_t *memory, uint32_t delta)
{
	struct instance *instance = instance_current();
	uint64_t pages = (uint64_t)memory->pages + delta;
	uint32_t old = memory->pages;

	if (pages > memory->max_pages)
		return UINT32_MAX;
	if (delta && place_grow(&instance->place, pages * WASM_PAGE))
		return UINT32_MAX;
	memory->pages = (uint32_t)pages;
	memory->size = (uint32_t)pages * WASM_PAGE;
	return old;
}

void __wrap_wasm_rt_free_memory(wasm_rt_memory_t *memory)
{
	(void)memory;
}

void __wrap_wasm_rt_allocate_funcref_table(wasm_rt_funcref_table_t *table, uint32_t elements,
					   uint32_t max_elements)
{
	struct instance *instance = instance_current();
	uint64_t size = elements * sizeof(table->data[0]);

	require(instance_own(instance, table, &instance->table_offset), "second table");
	require(size > TABLE_ROOM ? -ENOSPC : 0, "table of the start-up instance");
	table->data = (void *)instance->place.area[AREA_TABLE];
	table->size = elements;
	/* No program here has table.grow. */
	table->max_size = max_elements < elements ? max_elements : elements;
}

void __wrap_wasm_rt_free_funcref_table(wasm_rt_funcref_table_t *table)
{
	(void)table;
}
