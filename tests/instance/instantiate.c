// SPDX-License-Identifier: MIT
// An instance has all that its module defines, with the content that the module says.
#include "allocator_test.h"

static struct shim_vm_global *global_of(struct shim_instance *instance, const char *name)
{
	return shim_instance_global(instance, export_index(shim_instance_module(instance), name));
}

TEST("memory, table, globals, references and state of one instance")
{
	struct shim_allocator *allocator = allocator_small();
	struct shim_module *module = module_load("instance/instance");
	const struct shim_vmoffsets *offsets = shim_module_offsets(module);
	struct shim_instance *instance = instance_new(allocator, module);
	struct shim_vm_func_ref *b = shim_instance_func_ref(instance, 1);
	const unsigned char *state = shim_instance_state(instance);
	uint64_t stack_length;

	must(shim_allocator_validate(allocator, module));
	test_eq(memory_length(instance, 0), WASM_PAGE);
	text_is(instance, 16, "hello world");
	test_eq(memory_at(instance, 0)[15], 0);
	test_bytes((const void *)(memory_at(instance, 0) + 27), 0, WASM_PAGE - 27);

	test_eq(table_length(instance, 0), 10);
	test_eq(table_at(instance, 0, 1), 0);
	test_eq(table_at(instance, 0, 2), shim_instance_func_ref(instance, 0));
	test_eq(table_at(instance, 0, 3), b);
	test_eq(table_at(instance, 0, 4), 0);

	test_eq(global_of(instance, "i32")->bits[0], 7);
	test_eq(global_of(instance, "i64")->bits[0], -2);
	test_eq(global_of(instance, "f64")->bits[0], 0x3ff8000000000000);
	test_eq(global_of(instance, "v128")->bits[1], 0x99aabbccddeeff00);
	test_eq(global_of(instance, "funcref")->bits[0], b);
	test_eq(global_of(instance, "null")->bits[0], 0);

	test_eq(*(const uint32_t *)(state + offsets->magic), SHIM_VM_MAGIC);
	test_eq((uintptr_t)state % 16, 0);
	test_eq(shim_instance_from_state(state), instance);
	test_eq(shim_instance_module(instance), module);
	test_eq(b->vmctx, state);
	test_eq(b->body, 0);
	test_ok(shim_instance_func_ref(instance, 0)->type != b->type);
	test_ok(shim_instance_stack(instance, &stack_length));
	test_eq(stack_length, 4 * PAGE);
	memset(shim_instance_stack(instance, NULL), 1, stack_length);

	shim_allocator_deallocate(allocator, instance);
	shim_module_destroy(module);
	must(shim_allocator_destroy(allocator));
}

TEST("what is out of range is NULL or an error")
{
	struct shim_allocator *allocator = allocator_small();
	struct shim_module *module = module_load("instance/instance");
	struct shim_instance *instance = instance_new(allocator, module);
	struct shim_vm_memory_import memory;
	struct shim_vm_global_import global;
	struct shim_vm_table_import table;

	test_ok(!shim_instance_memory(instance, 1));
	test_ok(!shim_instance_table(instance, 1));
	test_ok(!shim_instance_global(instance, 6));
	test_ok(!shim_instance_func_ref(instance, 2));
	must_fail(-EINVAL, "memory 1 is not in the module",
		  shim_instance_export_memory(instance, 1, &memory));
	must_fail(-EINVAL, "table 7 is not in the module",
		  shim_instance_export_table(instance, 7, &table));
	must_fail(-EINVAL, "global 6 is not in the module",
		  shim_instance_export_global(instance, 6, &global));
	shim_allocator_deallocate(allocator, instance);
	shim_module_destroy(module);
	must(shim_allocator_destroy(allocator));
}

TEST("an empty module has a state and nothing else")
{
	struct shim_allocator *allocator = allocator_small();
	struct shim_module_desc desc = { .size = sizeof(desc) };
	struct shim_module *module = module_create(&desc);
	struct shim_instance *instance = instance_new(allocator, module);

	test_ok(!shim_instance_memory(instance, 0));
	test_ok(!shim_instance_table(instance, 0));
	test_eq(shim_instance_from_state(shim_instance_state(instance)), instance);
	shim_allocator_deallocate(allocator, instance);
	shim_module_destroy(module);
	must(shim_allocator_destroy(allocator));
}

TEST("code of functions, pointers of the runtime and host state are where they belong")
{
	static const char code[2];
	const void *functions[] = { &code[0], &code[1] };
	struct shim_allocator *allocator = allocator_small();
	struct shim_module *module = module_load("instance/instance");
	const struct shim_vmoffsets *offsets = shim_module_offsets(module);
	struct shim_runtime runtime = {
		.limits = (void *)1,
		.epoch = (void *)2,
		.externref_activations = (void *)3,
		.store = { (void *)4, (void *)5 },
		.builtin_functions = (void *)6,
	};
	struct shim_instance_request request = request_of(module);
	struct shim_instance *instance;
	unsigned char *state;
	int host;

	request.functions = functions;
	request.runtime = &runtime;
	request.host_state = &host;
	instance = instance_request(allocator, &request);
	state = shim_instance_state(instance);
	test_eq(shim_instance_host_state(instance), &host);
	test_eq(shim_instance_func_ref(instance, 0)->body, &code[0]);
	test_eq(shim_instance_func_ref(instance, 1)->body, &code[1]);
	test_eq(*(uint64_t *)(state + offsets->runtime_limits), 1);
	test_eq(*(uint64_t *)(state + offsets->epoch), 2);
	test_eq(*(uint64_t *)(state + offsets->externref_activations), 3);
	test_eq(*(uint64_t *)(state + offsets->store), 4);
	test_eq(*(uint64_t *)(state + offsets->store + 8), 5);
	test_eq(*(uint64_t *)(state + offsets->builtin_functions), 6);
	shim_allocator_deallocate(allocator, instance);

	/* The next one of the slot has none of it. */
	instance = instance_new(allocator, module);
	state = shim_instance_state(instance);
	test_eq(shim_instance_host_state(instance), 0);
	test_eq(shim_instance_func_ref(instance, 0)->body, 0);
	test_eq(*(uint64_t *)(state + offsets->runtime_limits), 0);
	test_eq(*(uint64_t *)(state + offsets->store + 8), 0);
	shim_allocator_deallocate(allocator, instance);
	shim_module_destroy(module);
	must(shim_allocator_destroy(allocator));
}

TEST("equal function types have one number in all modules")
{
	struct shim_allocator *allocator = allocator_small();
	struct shim_module *first = module_load("instance/elements"),
			   *second = module_load("instance/instance");
	struct shim_instance *one = instance_new(allocator, first);
	struct shim_instance *other = instance_new(allocator, second);

	test_eq(shim_instance_func_ref(one, 0)->type, shim_instance_func_ref(one, 3)->type);
	test_ok(shim_instance_func_ref(one, 0)->type != shim_instance_func_ref(other, 0)->type);
	shim_allocator_deallocate(allocator, other);
	shim_module_destroy(second);
	second = module_load("instance/exporter");
	other = instance_new(allocator, second);
	test_eq(shim_instance_func_ref(one, 0)->type, shim_instance_func_ref(other, 0)->type);
	shim_allocator_deallocate(allocator, one);
	shim_allocator_deallocate(allocator, other);
	shim_module_destroy(first);
	shim_module_destroy(second);
	must(shim_allocator_destroy(allocator));
}

TEST("a wrong request is refused")
{
	struct shim_allocator *allocator = allocator_small();
	struct shim_module *module = module_load("instance/importer");
	struct shim_instance_request request = request_of(module);
	struct shim_vm_function_import function = { 0 };
	struct shim_instance *instance;

	must_fail(-EINVAL, "imports: 0 functions given, the module imports 1",
		  shim_allocator_allocate(allocator, &request, &instance));
	request.imports.function_count = 1;
	must_fail(-EFAULT, "imports: functions is NULL, the module imports 1",
		  shim_allocator_allocate(allocator, &request, &instance));
	request.imports.functions = &function;
	must_fail(-EINVAL, "imports: 0 tables given, the module imports 1",
		  shim_allocator_allocate(allocator, &request, &instance));
	request.flags = 1;
	must_fail(-EOPNOTSUPP, "request: flags 0x1 are unknown",
		  shim_allocator_allocate(allocator, &request, &instance));
	request.size--;
	test_err(-EINVAL, shim_allocator_allocate(allocator, &request, &instance));
	request = request_of(NULL);
	must_fail(-EFAULT, "request: module is NULL",
		  shim_allocator_allocate(allocator, &request, &instance));
	test_err(-EFAULT, shim_allocator_allocate(allocator, NULL, &instance));
	test_err(-EFAULT, shim_allocator_allocate(allocator, &request, NULL));
	test_err(-EFAULT, shim_allocator_validate(allocator, NULL));
	test_eq(info_of(allocator).instances, 0);
	shim_allocator_deallocate(allocator, NULL);
	shim_module_destroy(module);
	must(shim_allocator_destroy(allocator));
}

TEST("an instance is initialized once")
{
	struct shim_allocator *allocator = allocator_small();
	struct shim_module *module = module_load("instance/instance");
	struct shim_instance *instance = instance_new(allocator, module);

	must_fail(-EINVAL, "the instance was initialized before",
		  shim_allocator_initialize(allocator, instance, 1));
	shim_allocator_deallocate(allocator, instance);
	instance = instance_allocate(allocator, module);
	shim_allocator_deallocate(allocator, instance);
	shim_module_destroy(module);
	must(shim_allocator_destroy(allocator));
}

TEST_MAIN()
