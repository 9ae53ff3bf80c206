// SPDX-License-Identifier: MIT
// With SHIM_ALLOCATOR_LAZY_TABLES an element is 0 until it is set, and then has bit 0 set.
#include "allocator_test.h"

#define FUNCTIONS 4 /* that elements have; ALL are defined, one is exported */
#define ALL (SHIM_TYPE_FUNCREF + 1)
#define ELEMENTS 10
#define NULL_ELEMENT 1

static const struct shim_type type = { .kind = SHIM_KIND_FUNCTION };
static const uint32_t types[ALL];
/* What a null element would be that was taken for a function. */
static const struct shim_export last = { { "f", 1 }, SHIM_EXTERN_FUNCTION, SHIM_TYPE_FUNCREF };
static const struct shim_element functions[FUNCTIONS] = {
	{ SHIM_CONST_REF_FUNC, 0 },
	{ SHIM_CONST_REF_FUNC, 1 },
	{ SHIM_CONST_REF_FUNC, 2 },
	{ SHIM_CONST_REF_FUNC, 3 },
};
static const struct shim_element nulls[] = { { SHIM_CONST_REF_NULL, SHIM_TYPE_FUNCREF },
					     { SHIM_CONST_REF_FUNC, 3 } };

static struct shim_allocator *allocator;
static struct shim_module *module;
static struct shim_instance *instance;

static struct shim_element_segment segment(uint32_t at, const struct shim_element *elements,
					   uint32_t count)
{
	return (struct shim_element_segment){ .type = SHIM_TYPE_FUNCREF,
					      .offset = { .op = SHIM_CONST_I32, .bits = at },
					      .elements = elements,
					      .count = count };
}

/* Two tables, of functions and of what the host likes, and segments of the first. */
static struct shim_module *module_of(const struct shim_element_segment *segments, uint32_t count)
{
	static const struct shim_table_plan tables[] = {
		{ .type = SHIM_TYPE_FUNCREF, .minimum = ELEMENTS },
		{ .type = SHIM_TYPE_EXTERNREF, .minimum = ELEMENTS },
	};
	const struct shim_module_desc desc = {
		.size = sizeof(desc),
		.types = &type,
		.type_count = 1,
		.defined_functions = types,
		.defined_function_count = ALL,
		.exports = &last,
		.export_count = 1,
		.defined_tables = tables,
		.defined_table_count = 2,
		.elements = segments,
		.element_count = count,
	};

	return module_create(&desc);
}

static struct shim_allocator *allocator_lazy(void)
{
	struct shim_allocator_config config = config_small();

	config.flags = SHIM_ALLOCATOR_LAZY_TABLES;
	config.instances = 1;
	return allocator_create(&config);
}

static void start(const struct shim_element_segment *segments, uint32_t count)
{
	allocator = allocator_lazy();
	module = module_of(segments, count);
	instance = instance_allocate(allocator, module);
}

static void initialize(void)
{
	must(shim_allocator_initialize(allocator, instance, 1));
}

static void finish(void)
{
	shim_allocator_deallocate(allocator, instance);
	shim_module_destroy(module);
	must(shim_allocator_destroy(allocator));
}

static uintptr_t raw(uint32_t table, uint32_t at)
{
	return ((uintptr_t *)shim_instance_table(instance, table)->base)[at];
}

static void *function(uint32_t index)
{
	return shim_instance_func_ref(instance, index);
}

/* What an element is that refers to a function, null or a pointer of the test's. */
static uintptr_t tagged(const void *value)
{
	return (uintptr_t)value | 1;
}

TEST("initialize writes no element and no reference of segments that are known")
{
	const struct shim_element_segment segments[] = { segment(2, functions, FUNCTIONS) };
	const struct shim_vm_func_ref *refs, none = { 0 };

	start(segments, 1);
	initialize();
	refs = (void *)((char *)shim_instance_state(instance) +
			shim_module_offsets(module)->func_refs);
	for (uint32_t i = 0; i < FUNCTIONS; i++)
		test_mem(&refs[i], &none, sizeof(none));
	for (uint32_t i = 0; i < ELEMENTS; i++)
		test_eq(raw(0, i), 0);
	test_eq(shim_instance_table(instance, 0)->flags, SHIM_VM_TABLE_TAGGED | SHIM_VM_TABLE_LAZY);
	finish();
}

TEST("an element that was read is the reference with bit 0, or 1 for null, and stays so")
{
	const struct shim_element_segment segments[] = { segment(2, functions, FUNCTIONS) };

	start(segments, 1);
	initialize();
	test_eq(table_at(instance, 0, 3), function(1));
	test_eq(raw(0, 3), tagged(function(1)));
	test_eq(table_at(instance, 0, 3), function(1));
	test_eq(raw(0, 2), 0);
	test_eq(raw(0, 4), 0);
	test_eq(table_at(instance, 0, 1), 0);
	test_eq(raw(0, 1), NULL_ELEMENT);
	finish();
}

TEST("what the instructions write has bit 0, null too, and what the table grows by is not set")
{
	struct shim_element_segment segments[] = { segment(0, functions, FUNCTIONS),
						   segment(0, nulls, 2) };

	segments[1].mode = SHIM_SEGMENT_PASSIVE;
	start(segments, 2);
	initialize();
	must(shim_table_set(instance, 0, 0, function(3)));
	must(shim_table_fill(instance, 0, 1, NULL, 2));
	must(shim_table_init(instance, 0, 1, 5, 0, 2));
	must(shim_table_copy(instance, 0, 7, 0, 2, 2));
	test_eq(raw(0, 0), tagged(function(3)));
	test_eq(raw(0, 1), NULL_ELEMENT);
	test_eq(raw(0, 2), NULL_ELEMENT);
	test_eq(raw(0, 3), tagged(function(3)));
	test_eq(raw(0, 5), NULL_ELEMENT);
	test_eq(raw(0, 6), tagged(function(3)));
	test_eq(raw(0, 7), NULL_ELEMENT);
	test_eq(raw(0, 8), tagged(function(3)));
	must(shim_table_grow(instance, 0, 1, NULL, NULL));
	must(shim_table_grow(instance, 0, 1, function(2), NULL));
	test_eq(raw(0, ELEMENTS), 0);
	test_eq(raw(0, ELEMENTS + 1), tagged(function(2)));
	test_eq(table_at(instance, 0, ELEMENTS), 0);
	finish();
}

TEST("a later segment wins over the one before, whose elements it makes null")
{
	const struct shim_element_segment segments[] = { segment(2, functions, FUNCTIONS),
							 segment(3, nulls, 2) };

	start(segments, 2);
	initialize();
	test_eq(table_at(instance, 0, 2), function(0));
	test_eq(table_at(instance, 0, 3), 0);
	test_eq(table_at(instance, 0, 4), function(3));
	test_eq(table_at(instance, 0, 5), function(3));
	finish();
}

TEST("segments from one on that does not fit are not there, and those before it are")
{
	const struct shim_element_segment segments[] = { segment(0, functions, 2),
							 segment(ELEMENTS - 1, functions, 2),
							 segment(5, functions, 2) };

	start(segments, 3);
	test_err(-ERANGE, shim_allocator_initialize(allocator, instance, 1));
	test_eq(table_at(instance, 0, 1), function(1));
	test_eq(table_at(instance, 0, 5), 0);
	finish();
	start(segments, 3);
	test_err(-ERANGE, shim_allocator_initialize(allocator, instance, 0));
	test_eq(table_at(instance, 0, 1), 0);
	finish();
}

TEST("before an instance is initialized its elements are null, also after they were read")
{
	const struct shim_element_segment segments[] = { segment(2, functions, FUNCTIONS) };

	start(segments, 1);
	test_eq(table_at(instance, 0, 2), 0);
	must(shim_table_copy(instance, 0, 0, 0, 3, 1));
	test_eq(table_at(instance, 0, 0), 0);
	initialize();
	for (uint32_t i = 0; i < FUNCTIONS; i++)
		test_eq(table_at(instance, 0, 2 + i), function(i));
	test_eq(table_at(instance, 0, 0), 0);
	finish();
}

/* At 3, where the segment has another function, and at 7, where it has none. */
static void set_both(void)
{
	must(shim_table_set(instance, 0, 3, function(3)));
	must(shim_table_set(instance, 0, 7, function(3)));
}

static void init_both(void)
{
	must(shim_table_init(instance, 0, 1, 3, 1, 1));
	must(shim_table_init(instance, 0, 1, 7, 1, 1));
}

TEST("what is written before an instance is initialized is written over by the segments only")
{
	struct shim_element_segment segments[] = { segment(2, functions, FUNCTIONS),
						   segment(0, nulls, 2) };
	void (*const writes[])(void) = { set_both, init_both };

	segments[1].mode = SHIM_SEGMENT_PASSIVE;
	for (int i = 0; i < 2; i++) {
		start(segments, 2);
		writes[i]();
		initialize();
		test_eq(table_at(instance, 0, 3), function(1));
		test_eq(table_at(instance, 0, 7), function(3));
		finish();
	}
}

TEST("a table of other references has no flags, and its elements are what was set")
{
	start(NULL, 0);
	initialize();
	must(shim_table_set(instance, 1, 0, &module));
	test_eq(raw(1, 0), (uintptr_t)&module);
	must(shim_table_set(instance, 1, 1, (void *)3));
	test_eq(table_at(instance, 1, 1), 3);
	test_eq(table_at(instance, 1, 2), 0);
	test_eq(raw(1, 2), 0);
	test_eq(shim_instance_table(instance, 1)->flags, 0);
	test_eq(shim_instance_table(instance, 0)->flags, SHIM_VM_TABLE_TAGGED);
	finish();
}

TEST("the first value of a table has bit 0, and segments over it are written")
{
	const struct shim_table_plan table = { .type = SHIM_TYPE_FUNCREF,
					       .minimum = 4,
					       .init = { .op = SHIM_CONST_REF_FUNC, .index = 2 } };
	const struct shim_element_segment written = segment(1, functions, 1);
	const struct shim_module_desc desc = {
		.size = sizeof(desc),
		.types = &type,
		.type_count = 1,
		.defined_functions = types,
		.defined_function_count = ALL,
		.exports = &last,
		.export_count = 1,
		.defined_tables = &table,
		.defined_table_count = 1,
		.elements = &written,
		.element_count = 1,
	};

	allocator = allocator_lazy();
	module = module_create(&desc);
	instance = instance_new(allocator, module);
	test_eq(raw(0, 0), tagged(function(2)));
	test_eq(raw(0, 1), tagged(function(0)));
	test_eq(table_at(instance, 0, 3), function(2));
	finish();
}

TEST("the next instance in a slot has its own elements, whatever module was there")
{
	const struct shim_element_segment one[] = { segment(0, functions, FUNCTIONS) },
					  other[] = { segment(3, functions, 2) };
	struct shim_module *second;

	start(one, 1);
	second = module_of(other, 1);
	for (int round = 0; round < 4; round++) {
		uint32_t from = round % 2 ? 3 : 0, count = round % 2 ? 2 : FUNCTIONS;

		shim_allocator_deallocate(allocator, instance);
		instance = instance_new(allocator, round % 2 ? second : module);
		for (uint32_t i = 0; i < ELEMENTS; i++)
			test_eq(table_at(instance, 0, i),
				i - from < count ? function(i - from) : NULL);
		must(shim_table_fill(instance, 0, 0, function(3), ELEMENTS));
	}
	shim_module_destroy(second);
	finish();
}

TEST_WHEN(is_pooling, "a snapshot has the elements that were set, and the others are still lazy")
{
	const struct shim_element_segment segments[] = { segment(2, functions, FUNCTIONS) };

	start(segments, 1);
	initialize();
	must(shim_table_set(instance, 0, 2, function(3)));
	must(shim_table_set(instance, 0, 3, NULL));
	must(shim_table_set(instance, 0, 9, function(2)));
	must(shim_instance_snapshot(instance));
	for (int round = 0; round < 2; round++) {
		shim_allocator_deallocate(allocator, instance);
		instance = instance_new(allocator, module);
		test_eq(raw(0, 2), tagged(function(3)));
		test_eq(raw(0, 3), NULL_ELEMENT);
		test_eq(raw(0, 4), 0);
		test_eq(table_at(instance, 0, 4), function(2));
		test_eq(raw(0, 9), tagged(function(2)));
		must(shim_table_fill(instance, 0, 0, NULL, ELEMENTS));
	}
	finish();
}

TEST_MAIN()
