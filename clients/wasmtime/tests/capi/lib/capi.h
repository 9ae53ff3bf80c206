/* SPDX-License-Identifier: MIT */
/*
 * Of Wasmtime's C API what the tests need, as the prebuilt library has it: its package has no
 * headers. And two engines, of which one has the creator.
 */
#ifndef CAPI_H
#define CAPI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "guardslot-wasmtime.h"

struct vector {
	size_t size;
	char *data;
};

struct wasmtime_func {
	uint64_t store;
	void *index;
};

struct wasmtime_memory {
	struct {
		uint64_t store;
		uint32_t index;
	} head;
	uint32_t index;
};

struct wasmtime_extern {
	uint8_t kind;
	union {
		struct wasmtime_func func;
		struct wasmtime_memory memory;
		uint64_t room[3];
	} of;
};
#define EXTERN_FUNC 0
#define EXTERN_MEMORY 3

struct wasmtime_val {
	uint8_t kind;
	union {
		int32_t i32;
		int64_t i64;
		uint64_t room[3];
	} of;
};

struct wasmtime_instance {
	uint64_t store;
	size_t index;
};

void *wasm_config_new(void);
void *wasm_engine_new_with_config(void *config);
void wasm_engine_delete(void *engine);
void wasm_byte_vec_delete(struct vector *vector);
void wasm_trap_delete(void *trap);
void wasmtime_config_memory_init_cow_set(void *config, bool value);
void wasmtime_config_memory_guard_size_set(void *config, uint64_t value);
void wasmtime_config_memory_reservation_set(void *config, uint64_t value);
void wasmtime_config_wasm_memory64_set(void *config, bool value);
void wasmtime_config_wasm_multi_memory_set(void *config, bool value);
void wasmtime_config_wasm_gc_set(void *config, bool value);
void wasmtime_config_wasm_function_references_set(void *config, bool value);
void wasmtime_config_host_memory_creator_set(void *config, struct wasmtime_memory_creator *creator);
struct wasmtime_error *wasmtime_error_new(const char *message);
void wasmtime_error_message(const struct wasmtime_error *error, struct vector *message);
void wasmtime_error_delete(struct wasmtime_error *error);
struct wasmtime_error *wasmtime_wat2wasm(const char *text, size_t length, struct vector *binary);
struct wasmtime_error *wasmtime_module_new(void *engine, const uint8_t *bytes, size_t length,
					   void **module);
void wasmtime_module_delete(void *module);
void *wasmtime_store_new(void *engine, void *data, void (*finalizer)(void *));
void *wasmtime_store_context(void *store);
void wasmtime_store_delete(void *store);
void *wasmtime_linker_new(void *engine);
void wasmtime_linker_delete(void *linker);
struct wasmtime_error *wasmtime_linker_define_instance(void *linker, void *context,
						       const char *name, size_t length,
						       const struct wasmtime_instance *instance);
struct wasmtime_error *wasmtime_linker_instantiate(void *linker, void *context, const void *module,
						   struct wasmtime_instance *instance, void **trap);
bool wasmtime_instance_export_nth(void *context, const struct wasmtime_instance *instance,
				  size_t index, char **name, size_t *length,
				  struct wasmtime_extern *item);
struct wasmtime_error *wasmtime_func_call(void *context, const struct wasmtime_func *func,
					  const struct wasmtime_val *args, size_t arg_count,
					  struct wasmtime_val *results, size_t result_count,
					  void **trap);
uint8_t *wasmtime_memory_data(void *context, const struct wasmtime_memory *memory);
size_t wasmtime_memory_data_size(void *context, const struct wasmtime_memory *memory);
bool wasmtime_trap_code(const void *trap, uint8_t *code);

/* Of the test's argument, "device" or, without one, mmap. */
enum guardslot_wasmtime_backend test_backend(void);

/* An engine as it comes, or with a creator of so many slots. */
struct side {
	void *engine;
	struct shim_wasmtime *wasmtime; /* NULL: it has no creator */
};

struct side side_make(uint32_t slots, uint64_t reservation);
void side_free(struct side *side);

/* A text as a binary; it must be right. */
struct vector binary_of(const char *text);

/* A module as the side runs it. */
struct compiled {
	void *module;
	struct shim_wasmtime_module *image; /* NULL: without a creator */
};

struct compiled module_compile(struct side *side, const struct vector *binary);
void module_free(struct compiled *compiled);

/* A store with instances, of which the first is what the others import as "env". */
struct world {
	struct side *side;
	void *store;
	void *linker;
	struct wasmtime_instance instances[2];
	uint32_t count;
	char *transcript; /* of all that can be seen */
	size_t length;
};

struct world world_make(struct side *side);
void world_free(struct world *world);
/* Writes down how the instantiation ends. */
void world_instantiate(struct world *world, const struct compiled *compiled);
/* The same of each exported function, all without params and with an i32, and of each memory. */
void world_run(struct world *world);
/* Fills each exported memory. */
void world_dirty(struct world *world, int byte);
struct wasmtime_memory world_memory(struct world *world, uint32_t instance);

#endif /* CAPI_H */
