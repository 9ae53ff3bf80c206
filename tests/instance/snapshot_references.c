// SPDX-License-Identifier: MIT
// A snapshot has all sizes and references of an instance, however many tables its module has.
#include "allocator_test.h"

#define TABLES 20
#define FUNCTION 0

static uint32_t elements_of(uint32_t table)
{
	return table % 3 ? 2 + table : 0;
}

static struct shim_allocator *allocator_of_many(void)
{
	struct shim_allocator_config config = config_small();

	config.max_tables = TABLES;
	return allocator_create(&config);
}

static struct shim_module *module_of_many(void)
{
	static const struct shim_type type = { .kind = SHIM_KIND_FUNCTION };
	static const uint32_t function;
	struct shim_table_plan plans[TABLES];
	struct shim_module_desc desc = {
		.size = sizeof(desc),
		.type_count = 1,
		.types = &type,
		.defined_function_count = 1,
		.defined_functions = &function,
		.defined_table_count = TABLES,
		.defined_tables = plans,
		.export_count = 1,
		.exports = &(const struct shim_export){ { "f", 1 }, SHIM_EXTERN_FUNCTION, 0 },
	};

	for (uint32_t i = 0; i < TABLES; i++)
		plans[i] = (struct shim_table_plan){ .type = SHIM_TYPE_FUNCREF,
						     .minimum = elements_of(i) };
	return module_create(&desc);
}

/* Each table grows by one element, which is a reference to the instance's function. */
static void grow_all(struct shim_instance *instance)
{
	for (uint32_t i = 0; i < TABLES; i++)
		must(shim_table_grow(instance, i, 1, shim_instance_func_ref(instance, FUNCTION),
				     NULL));
}

static void tables_check(struct shim_instance *instance)
{
	for (uint32_t i = 0; i < TABLES; i++) {
		test_context("table %u", i);
		test_eq(table_length(instance, i), elements_of(i) + 1);
		for (uint32_t j = 0; j < elements_of(i); j++)
			test_eq(table_at(instance, i, j), 0);
		test_eq(table_at(instance, i, elements_of(i)),
			shim_instance_func_ref(instance, FUNCTION));
	}
	test_context(NULL);
}

static void snapshot_with(void (*change)(struct shim_instance *instance),
			  void (*check)(struct shim_instance *instance))
{
	struct shim_allocator *allocator = allocator_of_many();
	struct shim_module *module = module_of_many();
	struct shim_instance *origin = instance_new(allocator, module), *later;

	change(origin);
	must(shim_instance_snapshot(origin));
	for (int round = 0; round < 2; round++) {
		later = instance_new(allocator, module);
		check(later);
		must(shim_table_fill(later, TABLES - 1, 0, later, elements_of(TABLES - 1)));
		shim_allocator_deallocate(allocator, later);
	}
	check(origin);
	shim_allocator_deallocate(allocator, origin);
	shim_module_destroy(module);
	must(shim_allocator_destroy(allocator));
}

TEST_WHEN(is_pooling, "tables, more than a slot has areas, with a reference in each")
{
	snapshot_with(grow_all, tables_check);
}

static void leave(struct shim_instance *instance)
{
	(void)instance;
}

static void first_sizes_check(struct shim_instance *instance)
{
	for (uint32_t i = 0; i < TABLES; i++) {
		test_context("table %u", i);
		test_eq(table_length(instance, i), elements_of(i));
	}
	test_context(NULL);
}

TEST_WHEN(is_pooling, "tables, more than a slot has areas, and no reference")
{
	snapshot_with(leave, first_sizes_check);
}

static void ask(struct shim_instance *instance)
{
	test_ok(shim_instance_func_ref(instance, FUNCTION));
}

/* Without asking the library for it, which would make it whole. */
static void own_check(struct shim_instance *instance)
{
	const struct shim_vmoffsets *offsets = shim_module_offsets(shim_instance_module(instance));
	const char *state = shim_instance_state(instance);
	const struct shim_vm_func_ref *refs = (const void *)(state + offsets->func_refs);

	test_eq(refs[FUNCTION].vmctx, state);
}

TEST_WHEN(is_pooling, "a reference that no table and no global has is the new instance's, too")
{
	snapshot_with(ask, own_check);
}

/* A passive segment whose only element is the value of an expression, ref.func 0. */
static struct shim_module *module_of_expression(void)
{
	static const struct shim_type type = { .kind = SHIM_KIND_FUNCTION };
	static const uint32_t function;
	const struct shim_const_instr expr = { .op = SHIM_CONST_REF_FUNC, .index = FUNCTION };
	const struct shim_element element = { .op = SHIM_ELEMENT_EXPR, .index = 0 };
	const struct shim_element_segment segment = {
		.mode = SHIM_SEGMENT_PASSIVE,
		.type = SHIM_TYPE_FUNCREF,
		.count = 1,
		.elements = &element,
		.exprs = &expr,
		.expr_count = 1,
	};
	const struct shim_table_plan plan = { .type = SHIM_TYPE_FUNCREF, .minimum = 1 };
	const struct shim_module_desc desc = {
		.size = sizeof(desc),
		.type_count = 1,
		.types = &type,
		.defined_function_count = 1,
		.defined_functions = &function,
		.defined_table_count = 1,
		.defined_tables = &plan,
		.element_count = 1,
		.elements = &segment,
	};

	return module_create(&desc);
}

TEST_WHEN(is_pooling, "the value of an element's expression is the new instance's function")
{
	struct shim_allocator *allocator = allocator_small();
	struct shim_module *module = module_of_expression();
	struct shim_instance *origin = instance_new(allocator, module), *later;

	must(shim_instance_snapshot(origin));
	later = instance_new(allocator, module);
	must(shim_table_init(later, 0, 0, 0, 0, 1));
	test_eq(table_at(later, 0, 0), shim_instance_func_ref(later, FUNCTION));
	must(shim_table_init(origin, 0, 0, 0, 0, 1));
	test_eq(table_at(origin, 0, 0), shim_instance_func_ref(origin, FUNCTION));
	shim_allocator_deallocate(allocator, later);
	shim_allocator_deallocate(allocator, origin);
	shim_module_destroy(module);
	must(shim_allocator_destroy(allocator));
}

TEST_MAIN()
