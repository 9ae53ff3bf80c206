// SPDX-License-Identifier: MIT
/*
 * Engines, modules and instances of the prebuilt library, and what can be seen of them.
 */
#include "test.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "capi.h"

#define TRANSCRIPT_ROOM 16384

static void no_error(struct wasmtime_error *error)
{
	struct vector message = { 0, NULL };

	if (!error)
		return;
	wasmtime_error_message(error, &message);
	test_fail("%.*s", (int)message.size, message.data);
}

enum guardslot_wasmtime_backend test_backend(void)
{
	return test_argc > 1 && !strcmp(test_argv[1], "device") ? GUARDSLOT_WASMTIME_DEVICE :
								  GUARDSLOT_WASMTIME_MMAP;
}

struct side side_make(uint32_t slots, uint64_t reservation)
{
	struct side side = { NULL, NULL };
	struct wasmtime_memory_creator *creator = calloc(1, 64);
	struct shim_wasmtime_config config;
	void *options = wasm_config_new();

	/*
	 * As the creator needs it. With it on, what is shown of an instance whose elements fail
	 * has its data already, which the specification does not allow.
	 */
	wasmtime_config_memory_init_cow_set(options, false);
	wasmtime_config_wasm_multi_memory_set(options, true);
	wasmtime_config_wasm_memory64_set(options, true);
	wasmtime_config_wasm_function_references_set(options, true);
	wasmtime_config_wasm_gc_set(options, true);
	if (slots) {
		shim_wasmtime_config_init(&config);
		config.slots = slots;
		config.backend = test_backend();
		config.reset_batch = 3;
		config.reservation = reservation;
		config.error_new = wasmtime_error_new;
		test_eq(shim_wasmtime_creator(&config, &side.wasmtime, creator), 0);
		wasmtime_config_host_memory_creator_set(options, creator);
	}
	free(creator);
	side.engine = wasm_engine_new_with_config(options);
	test_ok(side.engine);
	return side;
}

void side_free(struct side *side)
{
	wasm_engine_delete(side->engine);
	shim_wasmtime_destroy(side->wasmtime);
}

struct vector binary_of(const char *text)
{
	struct vector binary = { 0, NULL };

	no_error(wasmtime_wat2wasm(text, strlen(text), &binary));
	return binary;
}

struct compiled module_compile(struct side *side, const struct vector *binary)
{
	struct compiled compiled = { NULL, NULL };
	const void *bytes = binary->data;
	size_t length = binary->size;

	if (side->wasmtime) {
		if (shim_wasmtime_module(side->wasmtime, bytes, length, &compiled.image))
			test_fail("%s", shim_wasmtime_error());
		bytes = shim_wasmtime_module_bytes(compiled.image, &length);
	}
	no_error(wasmtime_module_new(side->engine, bytes, length, &compiled.module));
	return compiled;
}

void module_free(struct compiled *compiled)
{
	wasmtime_module_delete(compiled->module);
	shim_wasmtime_module_destroy(compiled->image);
}

/* ---- what can be seen ----------------------------------------------------------------- */

struct world world_make(struct side *side)
{
	return (struct world){
		.side = side,
		.store = wasmtime_store_new(side->engine, NULL, NULL),
		.linker = wasmtime_linker_new(side->engine),
		.transcript = calloc(1, TRANSCRIPT_ROOM),
	};
}

void world_free(struct world *world)
{
	wasmtime_linker_delete(world->linker);
	wasmtime_store_delete(world->store);
	free(world->transcript);
}

static __attribute__((format(printf, 2, 3))) void note(struct world *world, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	world->length += (size_t)vsnprintf(world->transcript + world->length,
					   TRANSCRIPT_ROOM - world->length, format, arguments);
	va_end(arguments);
	test_ok(world->length < TRANSCRIPT_ROOM);
}

/* Without what follows in further lines: the places in the binary. */
static void note_end(struct world *world, struct wasmtime_error *error, void *trap)
{
	struct vector message = { 0, NULL };
	const char *line;
	uint8_t code = 0;

	if (trap) {
		test_ok(wasmtime_trap_code(trap, &code));
		note(world, " trap %d; ", code);
		wasm_trap_delete(trap);
	} else if (error) {
		wasmtime_error_message(error, &message);
		/* It has no NUL at its end. */
		line = memchr(message.data, '\n', message.size);
		note(world, " error %.*s; ",
		     (int)(line ? line - message.data : (ptrdiff_t)message.size), message.data);
		wasm_byte_vec_delete(&message);
		wasmtime_error_delete(error);
	} else {
		note(world, " well; ");
	}
}

void world_instantiate(struct world *world, const struct compiled *compiled)
{
	struct shim_wasmtime_scope scope = { .module = compiled->image };
	void *context = wasmtime_store_context(world->store), *trap = NULL;
	struct wasmtime_instance *instance = &world->instances[world->count];
	struct wasmtime_error *error;

	if (compiled->image)
		shim_wasmtime_enter(&scope);
	error = wasmtime_linker_instantiate(world->linker, context, compiled->module, instance,
					    &trap);
	note(world, "instance");
	note_end(world, error, trap);
	if (compiled->image && !error && !trap)
		test_eq(shim_wasmtime_leave(&scope), 0);
	else if (compiled->image)
		(void)!shim_wasmtime_leave(&scope);
	if (error || trap)
		return;
	if (!world->count)
		no_error(wasmtime_linker_define_instance(world->linker, context, "env", 3,
							 instance));
	world->count++;
}

static void function_run(struct world *world, const struct wasmtime_func *func)
{
	struct wasmtime_val result = { 0 };
	void *trap = NULL;
	struct wasmtime_error *error = wasmtime_func_call(wasmtime_store_context(world->store),
							  func, NULL, 0, &result, 1, &trap);

	note(world, " %d", result.of.i32);
	note_end(world, error, trap);
}

static void memory_run(struct world *world, const struct wasmtime_memory *memory)
{
	void *context = wasmtime_store_context(world->store);
	const uint8_t *data = wasmtime_memory_data(context, memory);
	size_t size = wasmtime_memory_data_size(context, memory);
	uint64_t digest = 14695981039346656037u;

	for (size_t i = 0; i < size; i++)
		digest = (digest ^ data[i]) * 1099511628211u;
	note(world, " %zu bytes, %016llx; ", size, (unsigned long long)digest);
}

static void each_export(struct world *world,
			void (*function)(struct world *, const struct wasmtime_func *),
			void (*memory)(struct world *, const struct wasmtime_memory *))
{
	for (uint32_t i = 0; i < world->count; i++) {
		struct wasmtime_extern item;
		size_t length;
		char *name;

		for (size_t n = 0;
		     wasmtime_instance_export_nth(wasmtime_store_context(world->store),
						  &world->instances[i], n, &name, &length, &item);
		     n++) {
			if (item.kind == EXTERN_FUNC && function) {
				note(world, "%.*s", (int)length, name);
				function(world, &item.of.func);
			} else if (item.kind == EXTERN_MEMORY) {
				note(world, "%.*s", (int)length, name);
				memory(world, &item.of.memory);
			}
		}
	}
}

void world_run(struct world *world)
{
	each_export(world, NULL, memory_run);
	each_export(world, function_run, memory_run);
}

static _Thread_local int dirt;

static void memory_dirty(struct world *world, const struct wasmtime_memory *memory)
{
	void *context = wasmtime_store_context(world->store);

	memset(wasmtime_memory_data(context, memory), dirt,
	       wasmtime_memory_data_size(context, memory));
}

void world_dirty(struct world *world, int byte)
{
	dirt = byte;
	each_export(world, NULL, memory_dirty);
}

static _Thread_local struct wasmtime_memory found;

static void memory_find(struct world *world, const struct wasmtime_memory *memory)
{
	(void)world;
	found = *memory;
}

struct wasmtime_memory world_memory(struct world *world, uint32_t instance)
{
	struct world one = *world;

	test_ok(instance < world->count);
	one.instances[0] = world->instances[instance];
	one.count = 1;
	each_export(&one, NULL, memory_find);
	return found;
}
