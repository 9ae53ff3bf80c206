// SPDX-License-Identifier: MIT
// Active data segments are all there, later ones over earlier ones, in every instance.
#include "allocator_test.h"

static void check(struct shim_instance *instance)
{
	test_bytes((const void *)memory_at(instance, 0), 0, 10);
	test_mem((const void *)(memory_at(instance, 0) + 10), "hello world\0", 13);
	text_is(instance, 65530, "this dthe endns multiple pages");
	test_bytes((const void *)(memory_at(instance, 0) + 65560), 0, 2 * WASM_PAGE - 65560);
}

TEST("segments that overlap and cross pages, in ten instances of one slot")
{
	struct shim_allocator *allocator = allocator_single();
	struct shim_module *module = module_load("instance/data");

	test_ok(shim_module_defined_image(module, 0));
	for (int round = 0; round < 10; round++) {
		struct shim_instance *instance = instance_new(allocator, module);

		check(instance);
		memory_fill(instance, 0, 0xfe);
		shim_allocator_deallocate(allocator, instance);
	}
	shim_module_destroy(module);
	must(shim_allocator_destroy(allocator));
}

/* The same module, but the image is refused as too sparse: segments are copied. */
TEST("the same without a static image")
{
	struct shim_allocator *allocator = allocator_single();
	struct shim_module *parsed = module_load("instance/data"), *module;
	struct shim_module_desc desc = *shim_module_desc(parsed);
	struct shim_const_instr far = { .op = SHIM_CONST_I32, .bits = 131071 };
	struct shim_data_segment data[6];

	memcpy(data, desc.data, desc.data_count * sizeof(*data));
	data[desc.data_count] = (struct shim_data_segment){
		.offset = far,
		.bytes = "!",
		.length = 1,
	};
	desc.data = data;
	desc.data_count++;
	desc.sparse_image = 1;
	module = module_create(&desc);
	test_ok(!shim_module_defined_image(module, 0));
	for (int round = 0; round < 10; round++) {
		struct shim_instance *instance = instance_new(allocator, module);

		test_eq(memory_at(instance, 0)[131071], '!');
		memory_at(instance, 0)[131071] = 0;
		check(instance);
		memory_fill(instance, 0, 0xfe);
		shim_allocator_deallocate(allocator, instance);
	}
	shim_module_destroy(parsed);
	shim_module_destroy(module);
	must(shim_allocator_destroy(allocator));
}

TEST("two memories have each their own data")
{
	struct shim_memory_plan memories[2] = { { .minimum = 2 }, { .minimum = 1 } };
	struct shim_const_instr offset = { .op = SHIM_CONST_I32, .bits = 5000 };
	struct shim_data_segment data[2] = {
		{ .memory = 1, .offset = offset, .bytes = "one", .length = 3 },
		{ .memory = 0, .offset = offset, .bytes = "zero", .length = 4 },
	};
	struct shim_module_desc desc = {
		.size = sizeof(desc),
		.defined_memory_count = 2,
		.defined_memories = memories,
		.data_count = 2,
		.data = data,
	};
	struct shim_allocator *allocator = allocator_single();
	struct shim_module *module = module_create(&desc);

	for (int round = 0; round < 3; round++) {
		struct shim_instance *instance = instance_new(allocator, module);

		test_mem((const void *)(memory_at(instance, 0) + 5000), "zero\0", 6);
		test_mem((const void *)(memory_at(instance, 1) + 5000), "one\0", 5);
		test_eq(memory_length(instance, 0), 2 * WASM_PAGE);
		test_eq(memory_length(instance, 1), WASM_PAGE);
		touches_fault(memory_at(instance, 1) + WASM_PAGE);
		memory_fill(instance, 0, 1);
		memory_fill(instance, 1, 1);
		shim_allocator_deallocate(allocator, instance);
	}
	shim_module_destroy(module);
	must(shim_allocator_destroy(allocator));
}

TEST("data stays when the module is gone and the instance is not")
{
	struct shim_allocator *allocator = allocator_small();
	struct shim_module *module = module_load("instance/passive");
	struct shim_instance *instance = instance_new(allocator, module);

	must(shim_allocator_purge_module(allocator, module));
	shim_module_destroy(module);
	text_is(instance, 100, "active");
	must(shim_memory_init(instance, 0, 0, 200, 0, 12));
	text_is(instance, 200, "passive data");
	must(shim_memory_grow(instance, 0, 1, NULL));
	must(shim_table_init(instance, 0, 0, 1, 0, 3));
	test_eq(((struct shim_vm_func_ref *)table_at(instance, 0, 1))->vmctx,
		shim_instance_state(instance));
	shim_allocator_deallocate(allocator, instance);
	test_eq(info_of(allocator).modules, 0);
	test_eq(info_of(allocator).unused_warm, 0);
	must(shim_allocator_destroy(allocator));
}

TEST("data stays in a binary that is borrowed until the instance is gone, and is not looked for later")
{
	struct shim_allocator *allocator = allocator_small();
	struct binary binary = fixture_load("instance/passive");
	struct shim_instance *instance;
	struct shim_module *module;

	must(shim_module_parse_borrowed(binary.bytes, binary.length, &module));
	instance = instance_new(allocator, module);
	shim_module_destroy(module);
	text_is(instance, 100, "active");
	must(shim_memory_init(instance, 0, 0, 200, 0, 12));
	text_is(instance, 200, "passive data");
	shim_allocator_deallocate(allocator, instance);
	binary_free(&binary);
	must(shim_allocator_destroy(allocator));
}

TEST_MAIN()
