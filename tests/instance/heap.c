// SPDX-License-Identifier: MIT
// The heap of a runtime makes what constant expressions ask for, once, or there is no instance.
#include "allocator_test.h"

#include <errno.h>

#define MODULE                                                                             \
	"1: 02 5f 02 78 00 7e 00 5e 7f 01 | 4: 01 40 00 6e 00 03 41 01 fb 1c 0b |"         \
	"6: 09 64 00 00 41 05 42 7f fb 00 00 0b 64 01 00 41 01 41 02 41 03 fb 08 01 03 0b" \
	"64 6c 00 41 07 fb 1c 0b 6e 00 23 00 0b 64 01 00 41 09 41 04 fb 06 01 0b"          \
	"64 00 00 fb 01 00 0b 6f 00 23 00 fb 1b 0b 6e 00 d0 6f fb 1a 0b"                   \
	"64 01 00 41 02 fb 07 01 0b | 9: 01 05 6e 02 fb 01 00 0b d0 71 0b"
#define CALLS 9

/* What the heap was asked for, and the first values. */
struct call {
	uint32_t op, type, value_count;
	uint64_t length, values[3];
};

static struct call calls[2 * CALLS];
static int called, fail_at;

/* The reference that a call made, counted from 1. */
static uint64_t reference_of(int call)
{
	return 0x1000 + (uint64_t)call;
}

static int heap_allocate(void *context, const struct shim_heap_request *request,
			 uint64_t *reference)
{
	struct call *call = &calls[called++];

	test_eq((uintptr_t)context, 42);
	call->op = request->op;
	call->type = request->type;
	call->value_count = request->value_count;
	call->length = request->length;
	for (uint32_t i = 0; i < request->value_count; i++)
		call->values[i] = request->values[i].bits[0];
	if (called == fail_at)
		return -EXFULL;
	*reference = reference_of(called);
	return 0;
}

static const struct shim_heap heap = { heap_allocate, (void *)42 };

static struct shim_instance_request heap_request(struct shim_module *module)
{
	struct shim_instance_request request = request_of(module);

	called = fail_at = 0;
	request.heap = &heap;
	return request;
}

TEST("globals, the first value of a table, and elements, in this order")
{
	static const struct call expected[CALLS] = {
		{ SHIM_CONST_STRUCT_NEW, 0, 2, 0, { 5, UINT64_MAX } },
		{ SHIM_CONST_ARRAY_NEW_FIXED, 1, 3, 3, { 1, 2, 3 } },
		{ SHIM_CONST_REF_I31, 0, 1, 0, { 7 } },
		{ SHIM_CONST_ARRAY_NEW, 1, 1, 4, { 9 } },
		{ SHIM_CONST_STRUCT_NEW_DEFAULT, 0, 0, 0, { 0 } },
		{ SHIM_CONST_EXTERN_CONVERT_ANY, 0, 1, 0, { 0x1001 } },
		{ SHIM_CONST_ARRAY_NEW_DEFAULT, 1, 0, 2, { 0 } },
		{ SHIM_CONST_REF_I31, 0, 1, 0, { 1 } },
		{ SHIM_CONST_STRUCT_NEW_DEFAULT, 0, 0, 0, { 0 } },
	};
	/* The calls that made the globals; 0: null. */
	static const int made[] = { 1, 2, 3, 1, 4, 5, 6, 0, 7 };
	struct shim_allocator *allocator = allocator_single();
	struct shim_module *module = module_write(MODULE);

	for (int round = 0; round < 3; round++) {
		struct shim_instance_request request = heap_request(module);
		struct shim_instance *instance = instance_request(allocator, &request);

		test_eq(called, CALLS);
		test_mem(calls, expected, sizeof(expected));
		for (uint32_t i = 0; i < ARRAY_SIZE(made); i++)
			test_eq(shim_instance_global(instance, i)->bits[0],
				made[i] ? reference_of(made[i]) : 0);
		for (uint32_t i = 0; i < 3; i++)
			test_eq((uintptr_t)table_at(instance, 0, i), reference_of(8));
		/* The elements are there already, and are the same each time. */
		for (uint32_t to = 0; to < 2; to++) {
			test_success(shim_table_init(instance, 0, 0, to, 0, 2));
			test_eq((uintptr_t)table_at(instance, 0, to), reference_of(9));
			test_eq((uintptr_t)table_at(instance, 0, to + 1), 0);
		}
		test_eq(called, CALLS);
		shim_allocator_deallocate(allocator, instance);
	}
	shim_module_destroy(module);
	must(shim_allocator_destroy(allocator));
}

TEST("without a heap the module can be read, and has no instance")
{
	struct shim_allocator *allocator = allocator_single();
	struct shim_module *module = module_write(MODULE);

	test_success(shim_allocator_validate(allocator, module));
	test_err(-EOPNOTSUPP, allocate_error(allocator, module));
	test_str(shim_error(), "request: heap is NULL, and a constant expression of the module "
			       "needs one");
	shim_module_destroy(module);
	must(shim_allocator_destroy(allocator));
}

static void host_state_drop(void *host_state)
{
	test_fail("host state %p was dropped", host_state);
}

TEST("an error of any call is that of the instance, of which nothing is left")
{
	struct shim_allocator *allocator = allocator_single();
	struct shim_module *module = module_write(MODULE);
	struct shim_instance *instance;
	uint32_t instances;

	for (int call = 1; call <= CALLS; call++) {
		struct shim_instance_request request = heap_request(module);

		fail_at = call;
		request.host_state = &called;
		request.host_state_drop = host_state_drop;
		test_err(-EXFULL, shim_allocator_allocate(allocator, &request, &instance));
		test_ok(strstr(shim_error(), "the heap refused type "));
		test_eq(called, call);
		instances = info_of(allocator).instances;
		test_eq(instances, 0);
	}
	for (int round = 0; round < 2; round++) {
		struct shim_instance_request request = heap_request(module);

		instance = instance_request(allocator, &request);
		test_eq((uintptr_t)table_at(instance, 0, 2), reference_of(8));
		shim_allocator_deallocate(allocator, instance);
	}
	shim_module_destroy(module);
	must(shim_allocator_destroy(allocator));
}

static int heap_null(void *context, const struct shim_heap_request *request, uint64_t *reference)
{
	(void)context;
	(void)request;
	*reference = 0;
	return 0;
}

TEST("null is no answer of a heap")
{
	static const struct shim_heap null = { heap_null, NULL };
	struct shim_allocator *allocator = allocator_single();
	struct shim_module *module = module_write(MODULE);
	struct shim_instance_request request = heap_request(module);
	struct shim_instance *instance;

	request.heap = &null;
	test_err(-EINVAL, shim_allocator_allocate(allocator, &request, &instance));
	test_str(shim_error(), "global 0: the heap answered 0, with reference 0");
	shim_module_destroy(module);
	must(shim_allocator_destroy(allocator));
}

TEST_MAIN()
