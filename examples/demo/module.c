// SPDX-License-Identifier: MIT
/* Makes instances of a program, and compares them with its snapshot. */
#include "module.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "digest.h"
#include "fail.h"

static const uint32_t area_room[AREA_COUNT] = {
	[AREA_STATE] = STATE_ROOM,
	[AREA_TABLE] = TABLE_ROOM,
};

static int module_fail(const struct module *module, const char *what, int error)
{
	return fail_report(error, "%s of %s", what, module->references->program->name);
}

int module_create(struct module *module, struct shim_allocator *allocator,
		  const struct references *references)
{
	const struct program *program = references->program;
	uint32_t imports;
	int error;

	memset(module, 0, sizeof(*module));
	module->references = references;
	module->allocator = allocator;
	error = shim_module_parse(program->wasm, (size_t)(program->wasm_end - program->wasm),
				  &module->wasm);
	if (error)
		return module_fail(module, "module", error);
	error = shim_allocator_validate(allocator, module->wasm);
	if (error)
		return module_fail(module, "module", error);
	imports = shim_module_offsets(module->wasm)->imported_function_count;
	module->imports = calloc(imports + 1, sizeof(module->imports[0]));
	return module->imports ? 0 : -ENOMEM;
}

void module_destroy(struct module *module)
{
	shim_module_destroy(module->wasm);
	free(module->imports);
}

int module_instantiate(const struct module *module, struct place *place)
{
	struct shim_instance_request request = {
		.size = sizeof(request),
		.module = module->wasm,
		.imports = {
			.functions = module->imports,
			.function_count =
				shim_module_offsets(module->wasm)->imported_function_count,
		},
	};
	struct shim_instance *instance;
	int error = shim_allocator_allocate(module->allocator, &request, &instance);

	if (error)
		return error;
	error = shim_allocator_initialize(module->allocator, instance, 1);
	if (error) {
		shim_allocator_deallocate(module->allocator, instance);
		return error;
	}
	place_of(place, instance);
	return 0;
}

static int limits_get(const struct place *place, struct shim_allocator *allocator,
		      uint64_t limit[SHIM_MAX_AREAS])
{
	struct shim_slot_info info = { .size = sizeof(info) };
	int error = shim_slot_query(shim_allocator_pool(allocator),
				    shim_instance_slot(place->instance), &info);

	if (error)
		return error;
	memcpy(limit, info.limit, sizeof(info.limit));
	return 0;
}

static int snapshot_make(struct module *module)
{
	struct place *place = &module->origin.place;
	int error = limits_get(place, module->allocator, module->limit);

	if (error)
		return error;
	error = shim_instance_snapshot(place->instance);
	if (error)
		return error;
	for (unsigned int i = AREA_STATE; i < AREA_COUNT; i++)
		module->area_sum[i] = digest_bytes(place->area[i], area_room[i]);
	return 0;
}

int module_start(struct module *module)
{
	struct place *place = &module->origin.place;
	int error = module_instantiate(module, place);

	if (error)
		return module_fail(module, "first instance", error);
	error = instance_start(&module->origin, module->references->program);
	if (error)
		goto deallocate_instance;
	error = snapshot_make(module);
deallocate_instance:
	shim_allocator_deallocate(module->allocator, place->instance);
	shim_allocator_flush(module->allocator);
	return module_fail(module, "start-up", error);
}

int module_purge(struct module *module)
{
	int error = shim_allocator_purge_module(module->allocator, module->wasm);

	return module_fail(module, "purge", error);
}

static bool memory_equal(const struct module *module, const struct place *place)
{
	const struct references *references = module->references;

	for (uint32_t i = 0; i < references->initial_count; i++)
		if (digest_block(place->area[AREA_MEMORY] + (size_t)i * DIGEST_BLOCK) !=
		    references->initial[i])
			return false;
	return true;
}

const char *module_compare(const struct module *module, const struct place *place)
{
	uint64_t limit[SHIM_MAX_AREAS];

	if (limits_get(place, module->allocator, limit))
		return "the query, which failed";
	if (memcmp(limit, module->limit, sizeof(limit)) != 0 ||
	    shim_instance_memory(place->instance, 0)->current_length !=
		    (uint64_t)module->references->initial_count * DIGEST_BLOCK)
		return "the limits";
	for (unsigned int i = AREA_STATE; i < AREA_COUNT; i++)
		if (digest_bytes(place->area[i], area_room[i]) != module->area_sum[i])
			return i == AREA_STATE ? "the state area" : "the table area";
	return memory_equal(module, place) ? NULL : "the memory";
}
