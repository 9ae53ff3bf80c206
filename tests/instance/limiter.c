// SPDX-License-Identifier: MIT
// The limiter is asked before a size is set; what it refuses leaves nothing behind.
#include "allocator_test.h"

struct asked {
	unsigned int count;
	bool table[16];
	uint64_t current[16];
	uint64_t desired[16];
	uint64_t maximum[16];
	int answers[16]; /* to be given, in order */
	int failed[4];
	unsigned int failures;
};

static int note(struct asked *asked, bool table, uint64_t current, uint64_t desired,
		uint64_t maximum)
{
	unsigned int at = asked->count++;

	test_ok(at < ARRAY_SIZE(asked->answers));
	asked->table[at] = table;
	asked->current[at] = current;
	asked->desired[at] = desired;
	asked->maximum[at] = maximum;
	return asked->answers[at];
}

static int memory_growing(void *context, uint64_t current, uint64_t desired, uint64_t maximum)
{
	return note(context, false, current, desired, maximum);
}

static int table_growing(void *context, uint64_t current, uint64_t desired, uint64_t maximum)
{
	return note(context, true, current, desired, maximum);
}

static void grow_failed(void *context, int error)
{
	struct asked *asked = context;

	asked->failed[asked->failures++] = error;
}

static struct asked asked;
static const struct shim_limiter limiter = {
	.memory_growing = memory_growing,
	.table_growing = table_growing,
	.memory_grow_failed = grow_failed,
	.table_grow_failed = grow_failed,
	.context = &asked,
};

static void answers(int first, int second, int third)
{
	asked = (struct asked){ .answers = { first, second, third, 1, 1, 1, 1 } };
}

static void drop(void *host_state)
{
	++*(int *)host_state;
}

/* Two memories of 2 and 1 pages, with data, and two tables. */
static struct shim_module *module_two(void)
{
	static const struct shim_memory_plan memories[2] = {
		{ .flags = SHIM_PLAN_MAXIMUM, .minimum = 2, .maximum = 5 },
		{ .minimum = 1 },
	};
	static const struct shim_table_plan tables[2] = {
		{ .type = SHIM_TYPE_FUNCREF,
		  .flags = SHIM_PLAN_MAXIMUM,
		  .minimum = 3,
		  .maximum = 7 },
		{ .type = SHIM_TYPE_EXTERNREF, .minimum = 0 },
	};
	static const struct shim_data_segment data = {
		.offset = { .op = SHIM_CONST_I32 },
		.bytes = "image",
		.length = 5,
	};
	struct shim_module_desc desc = {
		.size = sizeof(desc),
		.defined_memory_count = 2,
		.defined_memories = memories,
		.defined_table_count = 2,
		.defined_tables = tables,
		.data_count = 1,
		.data = &data,
	};

	return module_create(&desc);
}

TEST("it is asked for each memory and table, with their sizes")
{
	struct shim_allocator *allocator = allocator_small();
	struct shim_module *module = module_two();
	struct shim_instance_request request = request_of(module);
	struct shim_instance *instance;

	request.limiter = &limiter;
	for (int round = 0; round < 2; round++) {
		answers(1, 1, 1);
		instance = instance_request(allocator, &request);
		test_eq(asked.count, 4);
		for (int i = 0; i < 4; i++) {
			test_eq(asked.current[i], 0);
			test_eq(asked.table[i], i > 1);
		}
		test_eq(asked.desired[0], 2 * WASM_PAGE);
		test_eq(asked.maximum[0], 5 * WASM_PAGE);
		test_eq(asked.desired[1], WASM_PAGE);
		test_eq(asked.maximum[1], 65536 * WASM_PAGE);
		test_eq(asked.desired[2], 3);
		test_eq(asked.maximum[2], 7);
		test_eq(asked.desired[3], 0);
		test_eq(asked.maximum[3], UINT32_MAX);
		shim_allocator_deallocate(allocator, instance);
	}
	shim_module_destroy(module);
	must(shim_allocator_destroy(allocator));
}

/* With the answers set, an allocate must fail and leave all as it was. */
static void refused(struct shim_allocator *allocator, struct shim_module *module, int error,
		    const char *message)
{
	struct shim_allocator_info before = info_of(allocator), after;
	int host = 0;
	struct shim_instance_request request = request_of(module);
	struct shim_instance *instance = (void *)-1;

	request.limiter = &limiter;
	request.host_state = &host;
	request.host_state_drop = drop;
	must_fail(error, message, shim_allocator_allocate(allocator, &request, &instance));
	test_eq(host, 0);
	after = info_of(allocator);
	test_mem(&after, &before, sizeof(after));
	test_eq(asked.failures, 0);
}

TEST("what it refuses gives back all, and the host state is not dropped")
{
	struct shim_allocator *allocator = allocator_single();
	struct shim_module *module = module_two();
	struct shim_instance *instance;

	for (int round = 0; round < 2; round++) {
		answers(0, 1, 1);
		refused(allocator, module, -EDQUOT,
			"memory minimum size of 2 pages exceeds memory limits");
		test_eq(asked.count, 1);
		answers(1, 0, 1);
		refused(allocator, module, -EDQUOT,
			"memory minimum size of 1 pages exceeds memory limits");
		answers(1, 1, 0);
		refused(allocator, module, -EDQUOT,
			"table minimum size of 3 elements exceeds table limits");
		answers(1, -EIO, 1);
		refused(allocator, module, -EIO,
			"memory minimum size of 1 pages exceeds memory limits");
		answers(1, -EAGAIN, 1);
		refused(allocator, module, -EAGAIN,
			"memory minimum size of 1 pages exceeds memory limits");
		/* Now on a slot that is cold, and then on one that is warm. */
		instance = instance_new(allocator, module);
		text_is(instance, 0, "image");
		memory_fill(instance, 0, 1);
		shim_allocator_deallocate(allocator, instance);
	}
	shim_module_destroy(module);
	must(shim_allocator_destroy(allocator));
}

TEST("after a refusal the slot shows nothing of the module that was refused")
{
	struct shim_allocator *allocator = allocator_single();
	struct shim_module *image = module_two(), *none = module_memory(3, 3);
	struct shim_instance *instance;

	for (int round = 0; round < 3; round++) {
		answers(1, 1, 0);
		refused(allocator, image, -EDQUOT,
			"table minimum size of 3 elements exceeds table limits");
		instance = instance_new(allocator, none);
		memory_is(instance, 0, 0);
		memory_fill(instance, 0, 1);
		shim_allocator_deallocate(allocator, instance);
	}
	shim_module_destroy(image);
	shim_module_destroy(none);
	must(shim_allocator_destroy(allocator));
}

TEST("it is asked before a growth, and notified when one fails")
{
	struct shim_allocator *allocator = allocator_small();
	struct shim_module *module = module_two();
	struct shim_instance_request request = request_of(module);
	struct shim_instance *instance;

	request.limiter = &limiter;
	answers(1, 1, 1);
	instance = instance_request(allocator, &request);

	answers(1, 0, -EIO);
	must(shim_memory_grow(instance, 0, 1, NULL));
	test_eq(asked.current[0], 2 * WASM_PAGE);
	test_eq(asked.desired[0], 3 * WASM_PAGE);
	test_eq(asked.maximum[0], 5 * WASM_PAGE);
	must_fail(-EDQUOT, "memory growth to 262144 bytes exceeds memory limits",
		  shim_memory_grow(instance, 0, 1, NULL));
	test_err(-EIO, shim_memory_grow(instance, 0, 1, NULL));
	test_eq(asked.failures, 0);
	test_err(-ENOSPC, shim_memory_grow(instance, 0, 3, NULL));
	test_eq(asked.failures, 1);
	test_eq(asked.failed[0], -ENOSPC);
	must(shim_memory_grow(instance, 0, 0, NULL));
	test_eq(asked.count, 4);
	test_eq(memory_length(instance, 0), 3 * WASM_PAGE);

	answers(1, 0, 1);
	must(shim_table_grow(instance, 0, 2, NULL, NULL));
	test_ok(asked.table[0]);
	test_eq(asked.current[0], 3);
	test_eq(asked.desired[0], 5);
	test_eq(asked.maximum[0], 7);
	must_fail(-EDQUOT, "table growth to 7 elements exceeds table limits",
		  shim_table_grow(instance, 0, 2, NULL, NULL));
	test_err(-ENOSPC, shim_table_grow(instance, 0, 3, NULL, NULL));
	test_eq(asked.failures, 1);
	test_eq(table_length(instance, 0), 5);
	shim_allocator_deallocate(allocator, instance);
	shim_module_destroy(module);
	must(shim_allocator_destroy(allocator));
}

TEST("host state is dropped once, when the instance ends")
{
	struct shim_allocator *allocator = allocator_small();
	struct shim_module *module = module_memory(1, 1);
	struct shim_instance_request request = request_of(module);
	struct shim_instance *instance;
	int host = 0;

	request.host_state = &host;
	request.host_state_drop = drop;
	instance = instance_request(allocator, &request);
	test_eq(host, 0);
	test_eq(shim_instance_host_state(instance), &host);
	shim_allocator_deallocate(allocator, instance);
	test_eq(host, 1);
	request.host_state_drop = NULL;
	instance = instance_request(allocator, &request);
	shim_allocator_deallocate(allocator, instance);
	test_eq(host, 1);
	shim_module_destroy(module);
	must(shim_allocator_destroy(allocator));
}

TEST_MAIN()
