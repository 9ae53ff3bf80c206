// SPDX-License-Identifier: MIT
// The creator gives each memory a clean slot of its module, and says so where it cannot.
#include "test.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "capi.h"
#include "soak.h"

#define SLOTS 8

/* A module whose memory has a byte of its own all over, and the function that reads one. */
static struct vector tenant(char byte)
{
	char text[512], run[65];

	memset(run, byte, 64);
	run[64] = 0;
	snprintf(text, sizeof(text),
		 "(module (memory (export \"m\") 1 9) (data (i32.const 40000) \"%s\")"
		 "(func (export \"0\") (result i32) (i32.load8_u (i32.const 40001)))"
		 "(func (export \"1\") (result i32) (memory.grow (i32.const 1))))",
		 run);
	return binary_of(text);
}

/* One instance, from the store to the drop: what it starts with is its module's alone. */
static uint8_t *instance(struct side *side, const struct compiled *compiled, char byte)
{
	struct world world = world_make(side);
	struct wasmtime_memory memory;
	uint8_t *data;
	size_t size;

	world_instantiate(&world, compiled);
	test_str(world.transcript, "instance well; ");
	memory = world_memory(&world, 0);
	data = wasmtime_memory_data(wasmtime_store_context(world.store), &memory);
	size = wasmtime_memory_data_size(wasmtime_store_context(world.store), &memory);
	test_eq(size, 65536);
	test_bytes(data, 0, 40000);
	test_bytes(data + 40000, byte, 64);
	test_bytes(data + 40064, 0, size - 40064);
	world_run(&world);
	world_dirty(&world, 0xee);
	world_free(&world);
	return data;
}

TEST("memories are in slots, which are used again")
{
	struct side side = side_make(SLOTS, 0);
	struct vector binary = tenant('a');
	struct compiled compiled = module_compile(&side, &binary);
	uint8_t *seen[SLOTS + 1];
	unsigned int count = 0;

	test_eq(shim_wasmtime_backend(side.wasmtime), test_backend());
	for (unsigned int i = 0; i < 5 * SLOTS; i++) {
		uint8_t *data = instance(&side, &compiled, 'a');
		unsigned int at = 0;

		while (at < count && seen[at] != data)
			at++;
		if (at == count)
			seen[count++] = data;
		test_ok(count <= SLOTS);
	}
	module_free(&compiled);
	side_free(&side);
}

TEST("a memory that may need an image is refused outside of a scope, and another one is not")
{
	struct side side = side_make(SLOTS, 0);
	struct vector binary = tenant('a'), other = binary_of("(module (memory (export \"m\") 2))");
	struct compiled compiled = module_compile(&side, &binary), outside = { NULL, NULL };
	struct world world = world_make(&side);

	outside.module = compiled.module;
	world_instantiate(&world, &outside);
	test_str(world.transcript,
		 "instance error a module with an image is instantiated without a "
		 "shim_wasmtime_enter() of its own; ");
	world_free(&world);
	world = world_make(&side);
	test_ok(!wasmtime_module_new(side.engine, (uint8_t *)other.data, other.size,
				     &outside.module));
	world_instantiate(&world, &outside);
	test_str(world.transcript, "instance well; ");
	world_free(&world);
	wasmtime_module_delete(outside.module);
	module_free(&compiled);
	side_free(&side);
}

TEST("a scope in which no memory was made says so, and scopes are nested")
{
	struct side side = side_make(SLOTS, 0);
	struct vector a = tenant('a'), b = tenant('b');
	struct compiled first = module_compile(&side, &a), second = module_compile(&side, &b);
	struct shim_wasmtime_scope scope = { .module = first.image };

	shim_wasmtime_enter(&scope);
	test_err(-EAGAIN, shim_wasmtime_leave(&scope));
	shim_wasmtime_enter(&scope);
	instance(&side, &second, 'b');
	test_err(-EAGAIN, shim_wasmtime_leave(&scope));
	module_free(&first);
	module_free(&second);
	side_free(&side);
}

TEST("one memory more than slots is an error, and a drop makes room for another module")
{
	struct side side = side_make(SLOTS, 0);
	struct vector a = tenant('a'), b = tenant('b');
	struct compiled first = module_compile(&side, &a), second = module_compile(&side, &b);
	struct world worlds[SLOTS], more = world_make(&side);

	for (int i = 0; i < SLOTS; i++) {
		worlds[i] = world_make(&side);
		world_instantiate(&worlds[i], &first);
		test_str(worlds[i].transcript, "instance well; ");
		world_dirty(&worlds[i], 0xee);
	}
	world_instantiate(&more, &second);
	test_str(more.transcript, "instance error all 8 slots are in use; ");
	world_free(&worlds[0]);
	instance(&side, &second, 'b');
	for (int i = 1; i < SLOTS; i++)
		world_free(&worlds[i]);
	for (int i = 0; i < 2 * SLOTS; i++)
		instance(&side, i % 2 ? &first : &second, i % 2 ? 'a' : 'b');
	world_free(&more);
	module_free(&first);
	module_free(&second);
	side_free(&side);
}

TEST("what is in use stays when its module and its pool are given back")
{
	struct side side = side_make(SLOTS, 0);
	struct vector a = tenant('a'), b = tenant('b');
	struct compiled first = module_compile(&side, &a), second;
	struct world world = world_make(&side);

	world_instantiate(&world, &first);
	module_free(&first);
	second = module_compile(&side, &b);
	instance(&side, &second, 'b');
	world_run(&world);
	test_ok(strstr(world.transcript, "0 97 well"));
	module_free(&second);
	shim_wasmtime_destroy(side.wasmtime);
	side.wasmtime = NULL;
	world_dirty(&world, 1);
	world_free(&world);
	side_free(&side);
}

struct thread {
	pthread_t id;
	struct side *side;
	const struct compiled *modules;
	long rounds;
};

static void *thread_run(void *argument)
{
	struct thread *thread = argument;

	for (long i = 0; i < thread->rounds; i++)
		instance(thread->side, &thread->modules[i % 3], (char)('a' + i % 3));
	return NULL;
}

TEST("threads that share a pool get clean slots of the module that they enter")
{
	struct side side = side_make(SLOTS, 0);
	struct compiled modules[3];
	struct thread threads[4];

	for (int i = 0; i < 3; i++) {
		struct vector binary = tenant((char)('a' + i));

		modules[i] = module_compile(&side, &binary);
	}
	for (int i = 0; i < 4; i++) {
		threads[i] = (struct thread){ .side = &side, .modules = modules, .rounds = 60 };
		test_eq(pthread_create(&threads[i].id, NULL, thread_run, &threads[i]), 0);
	}
	for (int i = 0; i < 4; i++)
		pthread_join(threads[i].id, NULL);
	for (int i = 0; i < 3; i++)
		module_free(&modules[i]);
	side_free(&side);
}

TEST("a config that is wrong is refused, with a message")
{
	struct shim_wasmtime *wasmtime;
	union {
		char room[64];
		void *align;
	} creator;
	struct wasmtime_memory_creator *to = (void *)&creator;
	struct {
		struct shim_wasmtime_config config;
		uint64_t newer;
	} new = { .newer = 1 };
	struct shim_wasmtime_config *config = &new.config;

	shim_wasmtime_config_init(config);
	config->slots = 1;
	test_err(-EFAULT, shim_wasmtime_creator(config, &wasmtime, to));
	test_str(shim_wasmtime_error(), "error_new is NULL");
	config->error_new = wasmtime_error_new;
	config->reset_batch = 1025;
	test_err(-EINVAL, shim_wasmtime_creator(config, &wasmtime, to));
	test_str(shim_wasmtime_error(), "reset_batch 1025 exceeds 1024");
	config->reset_batch = 0;
	config->size -= 8;
	test_err(-EINVAL, shim_wasmtime_creator(config, &wasmtime, to));
	config->size = sizeof(new);
	test_err(-E2BIG, shim_wasmtime_creator(config, &wasmtime, to));
	config->size = sizeof(*config);
	config->slots = 0;
	test_err(-EINVAL, shim_wasmtime_creator(config, &wasmtime, to));
	test_ok(strlen(shim_wasmtime_error()) > 10);
	config->slots = 1;
	config->reservation = 1 << 16;
	test_eq(shim_wasmtime_creator(config, &wasmtime, to), 0);
	{
		struct vector binary = binary_of("(module (memory 2))");
		struct shim_wasmtime_module *module;

		test_err(-ENOSPC,
			 shim_wasmtime_module(wasmtime, binary.data, binary.size, &module));
		test_str(shim_wasmtime_error(),
			 "a memory of 131072 bytes exceeds reservation 65536");
		test_err(-EINVAL, shim_wasmtime_module(wasmtime, "text", 4, &module));
		wasm_byte_vec_delete(&binary);
	}
}

TEST_MAIN()
