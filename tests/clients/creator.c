// SPDX-License-Identifier: MIT
// A memory gets the image of the module whose next memory it is, and an image goes with its module.
#include "test.h"

#include <errno.h>
#include <string.h>

#include "creator/creator.h"

#define WASM_PAGE 65536
#define SLOTS 4

/* (memory 1) (memory 2) (data (i32.const 8) "ab") */
static const unsigned char two_memories[] = "\0asm\1\0\0\0"
					    "\5\5\2\0\1\0\2"
					    "\13\10\1\0\x41\10\13\2ab";
/* (memory 1) (data (i32.const 8) "c") */
static const unsigned char one_memory[] = "\0asm\1\0\0\0"
					  "\5\3\1\0\1"
					  "\13\7\1\0\x41\10\13\1c";
/* (module) */
static const unsigned char none[] = "\0asm\1\0\0\0";

static struct shim_wasmtime *wasmtime;
static struct wasmtime_memory_creator creator;
static char refusal[128];

static struct wasmtime_error *error_new(const char *message)
{
	snprintf(refusal, sizeof(refusal), "%s", message);
	return (struct wasmtime_error *)refusal;
}

static void pool_start_with(uint32_t reset_batch)
{
	struct shim_wasmtime_config config;

	shim_wasmtime_config_init(&config);
	config.slots = SLOTS;
	config.backend = test_argc > 1 && !strcmp(test_argv[1], "device") ? SHIM_BACKEND_DEVICE :
									    SHIM_BACKEND_MMAP;
	config.reset_batch = reset_batch;
	config.error_new = error_new;
	test_eq(shim_wasmtime_creator(&config, &wasmtime, &creator), 0);
}

static void pool_start(void)
{
	pool_start_with(1);
}

static void pool_end(void)
{
	creator.finalizer(creator.env);
	shim_wasmtime_destroy(wasmtime);
}

#define MODULE(binary) module_make(binary, sizeof(binary) - 1)

static struct shim_wasmtime_module *module_make(const unsigned char *binary, size_t length)
{
	struct shim_wasmtime_module *module;

	test_eq(shim_wasmtime_module(wasmtime, binary, length, &module), 0);
	return module;
}

/* Asks for a memory as Wasmtime does; "": it was not refused. */
static const char *memory_ask(size_t pages, struct wasmtime_linear_memory *memory)
{
	refusal[0] = 0;
	if (!creator.new_memory(creator.env, NULL, pages * WASM_PAGE, SIZE_MAX, 0, 0, memory))
		test_str(refusal, "");
	return refusal;
}

static const unsigned char *bytes(const struct wasmtime_linear_memory *memory)
{
	size_t size, capacity;

	return memory->get_memory(memory->env, &size, &capacity);
}

static void refused(size_t pages)
{
	struct wasmtime_linear_memory memory;

	test_str(memory_ask(pages, &memory), "a module with an image is instantiated without a "
					     "shim_wasmtime_enter() of its own");
}

static void is_made(size_t pages, const char *content)
{
	struct wasmtime_linear_memory memory;

	test_str(memory_ask(pages, &memory), "");
	test_mem(bytes(&memory) + 8, content, 3);
	memory.finalizer(memory.env);
}

TEST("the memories of a scope's module are made once, in their order")
{
	struct shim_wasmtime_scope scope = { 0 };

	pool_start();
	scope.module = MODULE(two_memories);
	shim_wasmtime_enter(&scope);
	/* Of a size that no module has. */
	is_made(3, "\0\0");
	is_made(1, "ab");
	is_made(2, "\0\0");
	refused(1);
	test_eq(shim_wasmtime_leave(&scope), 0);
	refused(1);
	shim_wasmtime_module_destroy(scope.module);
	pool_end();
}

TEST("an instance that is made inside of another's scope needs one of its own")
{
	struct shim_wasmtime_scope outer = { 0 }, inner = { 0 };

	pool_start();
	inner.module = MODULE(one_memory);
	outer.module = MODULE(none);
	shim_wasmtime_enter(&outer);
	refused(1);
	shim_wasmtime_enter(&inner);
	is_made(1, "c\0");
	test_eq(shim_wasmtime_leave(&inner), 0);
	test_eq(shim_wasmtime_leave(&outer), 0);
	shim_wasmtime_module_destroy(inner.module);
	shim_wasmtime_module_destroy(outer.module);
	pool_end();
}

/* Drops so many memories of a module before the module, and the others after. */
static void module_goes(uint32_t reset_batch, int before)
{
	struct wasmtime_linear_memory memories[SLOTS];
	struct shim_wasmtime_module *module;

	pool_start_with(reset_batch);
	module = MODULE(one_memory);
	for (int i = 0; i < SLOTS; i++) {
		struct shim_wasmtime_scope scope = { .module = module };

		shim_wasmtime_enter(&scope);
		test_str(memory_ask(1, &memories[i]), "");
		test_eq(shim_wasmtime_leave(&scope), 0);
	}
	for (int i = 0; i < before; i++)
		memories[i].finalizer(memories[i].env);
	shim_wasmtime_module_destroy(module);
	for (int i = before; i < SLOTS; i++)
		memories[i].finalizer(memories[i].env);
	for (uint32_t i = 0; i < SLOTS; i++) {
		struct shim_slot_info info;

		shim_slot_info_init(&info);
		test_success(shim_slot_query(wasmtime->pool, i, &info));
		test_eq(info.image, SHIM_IMAGE_NONE);
		test_eq(info.resident_pages, 0);
		test_eq(info.limit[0], 0);
	}
	pool_end();
}

TEST("no slot is bound to the image of a module that is gone")
{
	module_goes(1, SLOTS);
}

TEST("an image goes with the last memory of its module, however many are reset together")
{
	for (int before = 0; before <= SLOTS; before++)
		module_goes(64, before);
}

TEST("what is NULL is an error or nothing, and a scope without a module is not entered")
{
	struct shim_wasmtime_scope scope = { 0 };
	struct shim_wasmtime_module *module;
	size_t length = 7;

	pool_start();
	test_eq(shim_wasmtime_creator(NULL, &wasmtime, &creator), -EFAULT);
	test_eq(shim_wasmtime_module(NULL, one_memory, sizeof(one_memory) - 1, &module), -EFAULT);
	test_eq(shim_wasmtime_module(wasmtime, NULL, 8, &module), -EFAULT);
	test_eq(shim_wasmtime_backend(NULL), GUARDSLOT_WASMTIME_PLAIN);
	test_ok(!shim_wasmtime_module_bytes(NULL, &length));
	test_eq(length, 0);
	shim_wasmtime_enter(NULL);
	test_eq(shim_wasmtime_leave(NULL), -EFAULT);
	test_str(shim_wasmtime_error(), "scope is NULL");
	shim_wasmtime_enter(&scope);
	is_made(1, "\0\0");
	test_eq(shim_wasmtime_leave(&scope), -EFAULT);
	shim_wasmtime_destroy(NULL);
	shim_wasmtime_module_destroy(NULL);
	pool_end();
}

TEST_MAIN()
