// SPDX-License-Identifier: MIT
// After a snapshot the instances of a module start as the one that was taken, until a purge.
#include "allocator_test.h"

static struct shim_allocator *allocator;
static struct shim_module *module;
static uint32_t count_global, ref_global, own;
static int host[2];
static const char not_initialized[] = "the instance was not initialized, or not without an error";

static struct shim_instance_request request_host(int which)
{
	static struct shim_vm_function_import imports[2];
	static const void *bodies[1] = { host };
	struct shim_instance_request request = request_of(module);

	imports[which].body = &host[which];
	imports[which].vmctx = &imports[which];
	request.imports.functions = &imports[which];
	request.imports.function_count = 1;
	request.functions = bodies;
	return request;
}

static struct shim_instance *make(int which)
{
	struct shim_instance_request request = request_host(which);

	return instance_request(allocator, &request);
}

static void setup(uint32_t batch)
{
	struct shim_allocator_config config = config_small();

	config.reset_batch = batch;
	allocator = allocator_create(&config);
	module = module_load("instance/snapshot");
	count_global = export_index(module, "count");
	ref_global = export_index(module, "ref");
	own = export_index(module, "own");
}

static void finish(void)
{
	shim_module_destroy(module);
	must(shim_allocator_destroy(allocator));
}

/* Start-up: changes all that there is. */
static void start_up(struct shim_instance *instance)
{
	must(shim_memory_grow(instance, 0, 1, NULL));
	memcpy((void *)(memory_at(instance, 0) + 16), "second", 6);
	memory_at(instance, 0)[2 * WASM_PAGE - 1] = 9;
	must(shim_table_grow(instance, 0, 3, NULL, NULL));
	must(shim_table_set(instance, 0, 6, shim_instance_func_ref(instance, own)));
	must(shim_table_set(instance, 0, 5, host));
	shim_instance_global(instance, count_global)->bits[0] = 77;
	shim_instance_global(instance, ref_global)->bits[0] =
		(uintptr_t)shim_instance_func_ref(instance, own);
	must(shim_data_drop(instance, 1));
	((unsigned char *)shim_instance_stack(instance, NULL))[3] = 4;
}

static void refs_check(struct shim_instance *instance, int which)
{
	struct shim_vm_func_ref *ref = shim_instance_func_ref(instance, own);

	test_eq(table_at(instance, 0, 1), ref);
	test_eq(table_at(instance, 0, 6), ref);
	test_eq(shim_instance_global(instance, ref_global)->bits[0], (uintptr_t)ref);
	test_eq(ref->vmctx, shim_instance_state(instance));
	test_eq(ref->body, host);
	ref = table_at(instance, 0, 2);
	test_eq(ref, shim_instance_func_ref(instance, 0));
	test_eq(ref->body, &host[which]);
	test_eq(table_at(instance, 0, 5), host);
	test_eq(table_at(instance, 0, 0), 0);
	test_eq(table_at(instance, 0, 4), 0);
}

static void started_check(struct shim_instance *instance, int which)
{
	volatile unsigned char *base = memory_at(instance, 0);

	test_eq(memory_length(instance, 0), 2 * WASM_PAGE);
	test_mem((const void *)(base + 16), "second\0", 7);
	test_bytes((const void *)(base + 23), 0, 2 * WASM_PAGE - 24);
	test_eq(base[2 * WASM_PAGE - 1], 9);
	touches_fault(base + 2 * WASM_PAGE);
	test_eq(table_length(instance, 0), 7);
	refs_check(instance, which);
	test_eq(shim_instance_global(instance, count_global)->bits[0], 77);
	test_err(-EFAULT, shim_memory_init(instance, 0, 1, 0, 0, 1));
	test_eq(((unsigned char *)shim_instance_stack(instance, NULL))[3], 4);
}

static void fresh_check(struct shim_instance *instance)
{
	test_eq(memory_length(instance, 0), WASM_PAGE);
	text_is(instance, 16, "first");
	test_eq(table_length(instance, 0), 4);
	test_eq(shim_instance_global(instance, count_global)->bits[0], 5);
	test_eq(shim_instance_global(instance, ref_global)->bits[0], 0);
	test_eq(table_at(instance, 0, 1), shim_instance_func_ref(instance, own));
	must(shim_memory_init(instance, 0, 1, 0, 0, 7));
}

static void overwrite(struct shim_instance *instance)
{
	must(shim_memory_grow(instance, 0, 2, NULL));
	memory_fill(instance, 0, 0xee);
	must(shim_table_grow(instance, 0, 3, host, NULL));
	must(shim_table_fill(instance, 0, 0, host, 10));
	shim_instance_global(instance, count_global)->bits[0] = 1;
	shim_instance_global(instance, ref_global)->bits[0] = 1;
	memset(shim_instance_stack(instance, NULL), 0xee, 4 * PAGE);
}

static void snapshot_and_use(uint32_t batch)
{
	struct shim_instance *origin, *instances[3];

	setup(batch);
	/* Slots that show the module as it was. */
	for (int i = 0; i < 3; i++)
		instances[i] = make(0);
	for (int i = 0; i < 3; i++)
		shim_allocator_deallocate(allocator, instances[i]);
	origin = make(0);
	start_up(origin);
	must(shim_instance_snapshot(origin));
	test_eq(info_of(allocator).modules, 1);
	for (int round = 0; round < 4; round++) {
		for (int i = 0; i < 3; i++) {
			instances[i] = make(i % 2);
			started_check(instances[i], i % 2);
		}
		for (int i = 0; i < 3; i++) {
			overwrite(instances[i]);
			shim_allocator_deallocate(allocator, instances[i]);
		}
	}
	started_check(origin, 0);
	shim_allocator_deallocate(allocator, origin);
	shim_allocator_flush(allocator);
	/* The slot of the origin was bound to what is no image of the module now. */
	test_eq(info_of(allocator).unused_warm, 3);
	test_eq(info_of(allocator).unused_cold, 1);
	must(shim_allocator_purge_module(allocator, module));
	fresh_check(origin = make(1));
	shim_allocator_deallocate(allocator, origin);
	finish();
}

TEST_WHEN(is_pooling, "later instances start there, and after a purge as the module says")
{
	snapshot_and_use(0);
	snapshot_and_use(2);
}

TEST_WHEN(is_pooling, "a snapshot of an instance that came from one takes its place")
{
	struct shim_instance *first, *second, *third;

	setup(0);
	first = make(0);
	start_up(first);
	must(shim_instance_snapshot(first));
	second = make(1);
	memory_at(second, 0)[100] = 3;
	must(shim_instance_snapshot(second));
	third = make(0);
	test_eq(memory_at(third, 0)[100], 3);
	memory_at(third, 0)[100] = 0;
	started_check(third, 0);
	started_check(first, 0);
	shim_allocator_deallocate(allocator, first);
	shim_allocator_deallocate(allocator, second);
	shim_allocator_deallocate(allocator, third);
	finish();
}

static uint64_t asked;

static int growing(void *context, uint64_t current, uint64_t desired, uint64_t maximum)
{
	(void)context;
	(void)current;
	(void)maximum;
	asked = desired;
	return 0;
}

TEST_WHEN(is_pooling, "the limiter is asked for the sizes of the snapshot")
{
	const struct shim_limiter limiter = { .memory_growing = growing };
	struct shim_instance_request request;
	struct shim_instance *origin, *none;

	setup(0);
	origin = make(0);
	start_up(origin);
	must(shim_instance_snapshot(origin));
	request = request_host(0);
	request.limiter = &limiter;
	for (int round = 0; round < 2; round++) {
		asked = 0;
		must_fail(-EDQUOT, "memory minimum size of 2 pages exceeds memory limits",
			  shim_allocator_allocate(allocator, &request, &none));
		test_eq(asked, 2 * WASM_PAGE);
		/* Then with a warm slot. */
		shim_allocator_deallocate(allocator, make(0));
	}
	shim_allocator_deallocate(allocator, origin);
	finish();
}

TEST("what cannot be taken is refused and changes nothing")
{
	struct shim_instance_request request;
	struct shim_instance *instance;

	setup(0);
	request = request_host(0);
	must(shim_allocator_allocate(allocator, &request, &instance));
	must_fail(-EINVAL, not_initialized, shim_instance_snapshot(instance));
	must(shim_allocator_initialize(allocator, instance, 1));
	if (!is_pooling()) {
		test_err(-EOPNOTSUPP, shim_instance_snapshot(instance));
		test_eq(shim_allocator_pool(allocator), 0);
		test_eq(shim_instance_slot(instance), SHIM_INDEX_NONE);
	} else {
		test_ok(shim_allocator_pool(allocator));
		test_ok(shim_instance_slot(instance) < 4);
	}
	shim_allocator_deallocate(allocator, instance);
	fresh_check(instance = make(0));
	shim_allocator_deallocate(allocator, instance);
	finish();
}

TEST_WHEN(is_pooling, "an instance that could not be initialized is no start for others")
{
	struct shim_instance_request request;
	struct shim_instance *instance;

	setup(0);
	shim_module_destroy(module);
	module = module_load("instance/data_fails");
	request = request_of(module);
	must(shim_allocator_allocate(allocator, &request, &instance));
	test_ok(shim_allocator_initialize(allocator, instance, 1) < 0);
	must_fail(-EINVAL, not_initialized, shim_instance_snapshot(instance));
	shim_allocator_deallocate(allocator, instance);
	finish();
}

TEST_MAIN()
