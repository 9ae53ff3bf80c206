// SPDX-License-Identifier: MIT
// When a system call fails, an operation fails as a whole, and nothing is lost but poisoned slots.
#include "allocator_test.h"

#include "failing_calls.h"

#define SLOTS 3

static struct shim_allocator *allocator;
static struct shim_module *modules[2];
static struct shim_instance *warm; /* of modules[0] */

static void start(void)
{
	struct shim_allocator_config config = config_small();

	config.instances = SLOTS;
	config.max_unused_warm = 1;
	allocator = allocator_create(&config);
	modules[0] = module_text(2, 1, "text");
	modules[1] = module_text(3, 9, "other");
	warm = instance_new(allocator, modules[0]);
	memory_fill(warm, 0, 1);
	must(shim_memory_grow(warm, 0, 1, NULL));
}

static void check(int i)
{
	struct shim_instance *instance = instance_new(allocator, modules[i]);

	test_mem((const void *)memory_at(instance, 0), i ? "\0\0\0\0\0\0\0\0\0other\0" : "\0text\0",
		 i ? 15 : 6);
	test_eq(memory_length(instance, 0), (2 + i) * WASM_PAGE);
	touches_fault(memory_at(instance, 0) + (2 + i) * WASM_PAGE);
	memory_fill(instance, 0, 2);
	shim_allocator_deallocate(allocator, instance);
}

/* All slots that are not poisoned can be allocated, for any module. */
static void finish(int error)
{
	struct shim_instance *instances[SLOTS];
	uint32_t usable;

	/* A descriptor that cannot be looked at is not taken for the library's. */
	test_ok(!error || error == -ENOMEM || error == -EBADF);
	if (warm)
		shim_allocator_deallocate(allocator, warm);
	usable = SLOTS - info_of(allocator).poisoned;
	for (int round = 0; round < 4 && usable; round++)
		check(round % 2);
	for (uint32_t i = 0; i < usable; i++)
		instances[i] = instance_new(allocator, modules[i % 2]);
	for (uint32_t i = 0; i < usable; i++)
		shim_allocator_deallocate(allocator, instances[i]);
	test_eq(info_of(allocator).instances, 0);
	must(shim_allocator_destroy(allocator));
	shim_module_destroy(modules[0]);
	shim_module_destroy(modules[1]);
}

static void sweep(int (*operation)(void))
{
	calls_sweep(&(struct calls_sweep){ start, operation, finish });
}

static int allocate_then_free(int i)
{
	struct shim_instance_request request = request_of(modules[i]);
	struct shim_instance *instance;
	int error = shim_allocator_allocate(allocator, &request, &instance);

	calls_disarm();
	if (!error) {
		must(shim_allocator_initialize(allocator, instance, 1));
		memory_fill(instance, 0, 3);
		shim_allocator_deallocate(allocator, instance);
	}
	return error;
}

static int do_new_module(void)
{
	return allocate_then_free(1);
}

TEST("in the first instance of a module")
{
	sweep(do_new_module);
}

static int do_cold_slot(void)
{
	return allocate_then_free(0);
}

TEST("in the first instance of a slot")
{
	sweep(do_cold_slot);
}

static int do_other_module(void)
{
	long left = calls_pause();

	shim_allocator_deallocate(allocator, warm);
	warm = NULL;
	calls_resume(left);
	return allocate_then_free(1);
}

TEST("in an instance whose slot was another module's")
{
	sweep(do_other_module);
}

static int do_grow(void)
{
	int error = shim_memory_grow(warm, 0, 2, NULL);
	uint64_t pages = error ? 3 : 5;

	calls_disarm();
	test_eq(memory_length(warm, 0), pages * WASM_PAGE);
	if (!error)
		memory_at(warm, 0)[5 * WASM_PAGE - 1] = 1;
	return error;
}

TEST("in a growing memory")
{
	sweep(do_grow);
}

static int do_deallocate(void)
{
	shim_allocator_deallocate(allocator, warm);
	warm = NULL;
	return 0;
}

TEST_WHEN(is_pooling, "in a deallocate")
{
	sweep(do_deallocate);
}

static int do_purge(void)
{
	long left = calls_pause();

	shim_allocator_deallocate(allocator, warm);
	warm = NULL;
	calls_resume(left);
	return shim_allocator_purge_module(allocator, modules[0]);
}

TEST_WHEN(is_pooling, "in a purge")
{
	sweep(do_purge);
}

/* What failed has changed nothing, as finish() sees. */
static int do_snapshot(void)
{
	int error = shim_instance_snapshot(warm);

	calls_disarm();
	if (!error)
		must(shim_allocator_purge_module(allocator, modules[0]));
	return error;
}

TEST_WHEN(is_pooling, "in a snapshot")
{
	sweep(do_snapshot);
}

static int do_create(void)
{
	struct shim_allocator_config config = config_small();
	struct shim_allocator *other = NULL;
	int error = shim_allocator_create(&config, &other);

	calls_disarm();
	test_ok(!error == !!other);
	must(shim_allocator_destroy(other));
	return error;
}

TEST_WHEN(is_pooling, "in the making of an allocator")
{
	sweep(do_create);
}

TEST_MAIN()
