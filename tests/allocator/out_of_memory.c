// SPDX-License-Identifier: MIT
// Whichever malloc() fails, the call fails with ENOMEM, and no memory and no slot is lost.
#include "allocator_test.h"

/*
 * ---- a malloc() of its own, which fails on demand and counts --------------------
 *
 * It never uses memory again, so what it gives is zero. A length is kept before
 * each piece, for realloc().
 */

#define ARENA (UINT64_C(1) << 32)

/* Only what this thread asks for while it is counting. */
static __thread bool counting;
static long countdown; /* until one fails; negative: none does */
static bool failed;
static long held; /* got and not freed */

static bool fails(void)
{
	if (!counting || countdown < 0 || countdown-- > 0)
		return false;
	failed = true;
	errno = ENOMEM;
	return true;
}

/* Tests are processes, and allocate on one thread. */
static void *cut(size_t alignment, size_t size)
{
	static unsigned char *next, *end;
	unsigned char *piece;

	if (!next) {
		next = mmap(NULL, ARENA, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
		end = next + ARENA;
	}
	piece = next + sizeof(size_t);
	piece += -(uintptr_t)piece & (alignment - 1);
	if (size > (size_t)(end - piece))
		return NULL;
	((size_t *)piece)[-1] = size;
	next = piece + size + 8;
	next += -(uintptr_t)next & 7;
	held += counting;
	return piece;
}

void *malloc(size_t size)
{
	return fails() ? NULL : cut(16, size);
}

void *calloc(size_t count, size_t size)
{
	return fails() ? NULL : cut(16, count * size);
}

void *aligned_alloc(size_t alignment, size_t size)
{
	return fails() ? NULL : cut(alignment, size);
}

void free(void *memory)
{
	if (counting && memory)
		held--;
}

void *realloc(void *memory, size_t size)
{
	void *other = malloc(size);
	size_t length;

	if (!other || !memory)
		return other;
	length = ((size_t *)memory)[-1];
	memcpy(other, memory, length < size ? length : size);
	free(memory);
	return other;
}

/* ---- a life ------------------------------------------------------------------------- */

#define INSTANCES 3

static struct shim_module *parsed;
static struct shim_module_desc desc;

static int instance_use(struct shim_allocator *allocator, struct shim_instance *instance)
{
	int error = shim_allocator_initialize(allocator, instance, 1);

	if (!error)
		error = shim_memory_grow(instance, 0, 1, NULL);
	if (!error)
		error = shim_table_grow(instance, 0, 3, NULL, NULL);
	return error;
}

static int instances_cycle(struct shim_allocator *allocator, struct shim_module *module)
{
	struct shim_instance_request request = request_of(module);
	struct shim_instance *instances[INSTANCES];
	int error = 0, count = 0;

	while (!error && count < INSTANCES) {
		error = shim_allocator_allocate(allocator, &request, &instances[count]);
		if (!error)
			error = instance_use(allocator, instances[count++]);
	}
	if (!error && is_pooling())
		error = shim_instance_snapshot(instances[0]);
	while (count--)
		shim_allocator_deallocate(allocator, instances[count]);
	return error;
}

/* All of it again, in the same allocator: no slot may have been lost. */
static void check_whole(struct shim_allocator *allocator)
{
	countdown = -1;
	must(instances_cycle(allocator, parsed));
	shim_allocator_flush(allocator);
	test_eq(info_of(allocator).poisoned, 0);
	test_eq(info_of(allocator).instances, 0);
	must(shim_allocator_purge_module(allocator, shim_module_id(parsed)));
}

static int life(uint32_t batch)
{
	struct shim_allocator_config config = config_small();
	struct shim_allocator *allocator;
	struct shim_module *module;
	int error;

	config.instances = INSTANCES;
	config.reset_batch = batch;
	error = shim_allocator_create(&config, &allocator);
	if (error)
		return error;
	error = shim_module_create(&desc, &module);
	if (!error) {
		error = instances_cycle(allocator, module);
		if (!error)
			error = shim_allocator_purge_module(allocator, shim_module_id(module));
		else
			check_whole(allocator);
		shim_module_destroy(module);
	}
	shim_allocator_destroy(allocator);
	return error;
}

static void sweep(uint32_t batch)
{
	unsigned int errors = 0;

	parsed = module_load("instance/instance");
	desc = *shim_module_desc(parsed);
	/* The process-wide table of types and the like stay. */
	must(life(batch));
	failed = true;
	for (long nth = 0; failed; nth++) {
		int error;

		failed = false;
		countdown = nth;
		held = 0;
		counting = true;
		error = life(batch);
		counting = false;
		if (failed)
			test_err(-ENOMEM, error);
		else
			test_err(0, error);
		test_eq(held, 0);
		errors += error != 0;
	}
	test_note("%u allocations", errors);
	test_ok(errors >= (is_pooling() ? 10 : 5));
	shim_module_destroy(parsed);
}

TEST("each malloc of a life from create to destroy, in turn")
{
	sweep(0);
}

TEST("the same with batches")
{
	sweep(2);
}

TEST_WHEN(is_pooling, "a warm instance is made without any malloc")
{
	struct shim_allocator *allocator = allocator_small();
	struct shim_module *module = module_load("instance/passive");
	struct shim_instance_request request = request_of(module);
	struct shim_instance *instance;

	shim_allocator_deallocate(allocator, instance_new(allocator, module));
	counting = true;
	countdown = 0;
	failed = false;
	for (int i = 0; i < 10; i++) {
		must(shim_allocator_allocate(allocator, &request, &instance));
		must(shim_allocator_initialize(allocator, instance, 1));
		memory_at(instance, 0)[i] = 1;
		shim_allocator_deallocate(allocator, instance);
	}
	counting = false;
	test_ok(!failed);
	shim_module_destroy(module);
	shim_allocator_destroy(allocator);
}

TEST_MAIN()
