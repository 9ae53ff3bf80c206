// SPDX-License-Identifier: MIT
// Instances that share a table of functions all fill it when it is read, or none does.
#include "allocator_test.h"

static const struct shim_type type = { .kind = SHIM_KIND_FUNCTION };
static const uint32_t function_type;
static const struct shim_element functions[] = { { SHIM_CONST_REF_FUNC, 0 },
						 { SHIM_CONST_REF_FUNC, 0 } };

/* One that defines a table with its function at 1 and 2, or writes it to an imported one at 2. */
static struct shim_module *module_of(uint32_t table_type, bool imports)
{
	const struct shim_table_plan table = { .type = table_type, .minimum = 4 };
	const struct shim_import import = {
		.module = { "m", 1 }, .name = { "t", 1 }, .kind = SHIM_EXTERN_TABLE, .table = table
	};
	const struct shim_element_segment segment = {
		.type = table_type,
		.offset = { .op = SHIM_CONST_I32, .bits = imports ? 2 : 1 },
		.elements = functions,
		.count = imports ? 1 : 2,
	};
	struct shim_module_desc desc = {
		.size = sizeof(desc),
		.types = &type,
		.type_count = 1,
		.defined_functions = &function_type,
		.defined_function_count = 1,
		.elements = &segment,
		.element_count = table_type == SHIM_TYPE_FUNCREF,
	};

	if (imports) {
		desc.imports = &import;
		desc.import_count = 1;
	} else {
		desc.defined_tables = &table;
		desc.defined_table_count = 1;
	}
	return module_create(&desc);
}

static struct shim_allocator *allocator_of(uint32_t flags)
{
	struct shim_allocator_config config = config_small();

	config.flags = flags;
	return allocator_create(&config);
}

static void is_refused(uint32_t flags, uint32_t table_type, uint32_t table_flags,
		       const char *message)
{
	struct shim_allocator *allocator = allocator_of(flags);
	struct shim_module *module = module_of(table_type, true);
	void *elements[4] = { NULL };
	struct shim_vm_table table = { elements, 4, table_flags };
	const struct shim_vm_table_import import = { &table, &table };
	struct shim_instance_request request = request_of(module);
	struct shim_instance *instance;

	request.imports.tables = &import;
	request.imports.table_count = 1;
	must_fail(-EINVAL, message, shim_allocator_allocate(allocator, &request, &instance));
	shim_module_destroy(module);
	must(shim_allocator_destroy(allocator));
}

TEST("a table with other flags than the allocator's is refused")
{
	is_refused(0, SHIM_TYPE_FUNCREF, SHIM_VM_TABLE_TAGGED | SHIM_VM_TABLE_LAZY,
		   "imports: tables[0] has tagged elements (flags 0x3), and the allocator has not "
		   "SHIM_ALLOCATOR_LAZY_TABLES");
	is_refused(SHIM_ALLOCATOR_LAZY_TABLES, SHIM_TYPE_FUNCREF, 0,
		   "imports: tables[0] has untagged elements (flags 0x0), and the allocator has "
		   "SHIM_ALLOCATOR_LAZY_TABLES");
	is_refused(
		SHIM_ALLOCATOR_LAZY_TABLES, SHIM_TYPE_EXTERNREF, SHIM_VM_TABLE_TAGGED,
		"imports: tables[0] has tagged elements (flags 0x1), and they are not functions");
}

/* The importer, of a module with a segment for the table. */
static struct shim_instance *instance_with(struct shim_allocator *allocator,
					   struct shim_module *module,
					   const struct shim_vm_table_import *import)
{
	struct shim_instance_request request = request_of(module);

	request.imports.tables = import;
	request.imports.table_count = 1;
	return instance_request(allocator, &request);
}

TEST("an element that was not set is the defining instance's, whoever reads or copies it")
{
	struct shim_allocator *allocators[] = { allocator_of(SHIM_ALLOCATOR_LAZY_TABLES),
						allocator_of(SHIM_ALLOCATOR_LAZY_TABLES) };
	struct shim_module *module = module_of(SHIM_TYPE_FUNCREF, false),
			   *importer = module_of(SHIM_TYPE_FUNCREF, true);
	struct shim_instance *owner = instance_new(allocators[0], module), *reader;
	struct shim_vm_table_import import;
	uintptr_t *elements;

	must(shim_instance_export_table(owner, 0, &import));
	reader = instance_with(allocators[1], importer, &import);
	elements = import.from->base;
	test_eq(elements[1], 0);
	test_eq(elements[2], (uintptr_t)shim_instance_func_ref(reader, 0) | 1);
	must(shim_table_copy(reader, 0, 3, 0, 1, 1));
	test_eq(elements[3], (uintptr_t)shim_instance_func_ref(owner, 0) | 1);
	test_eq(elements[1], elements[3]);
	test_eq(table_at(reader, 0, 0), 0);
	test_eq(table_at(reader, 0, 1), shim_instance_func_ref(owner, 0));
	test_eq(table_at(owner, 0, 2), shim_instance_func_ref(reader, 0));
	shim_allocator_deallocate(allocators[1], reader);
	shim_allocator_deallocate(allocators[0], owner);
	shim_module_destroy(importer);
	shim_module_destroy(module);
	for (int i = 0; i < 2; i++)
		must(shim_allocator_destroy(allocators[i]));
}

TEST("in a table of the host's an element that is 0 is null, and nobody is asked")
{
	struct shim_allocator *allocator = allocator_of(SHIM_ALLOCATOR_LAZY_TABLES);
	struct shim_module *module = module_of(SHIM_TYPE_FUNCREF, true);
	uintptr_t elements[4] = { 0 };
	struct shim_vm_table table = { elements, 4, SHIM_VM_TABLE_TAGGED };
	const struct shim_vm_table_import import = { &table, (void *)1 };
	struct shim_instance *instance = instance_with(allocator, module, &import);
	void *own = shim_instance_func_ref(instance, 0);

	test_eq(elements[2], (uintptr_t)own | 1);
	must(shim_table_copy(instance, 0, 0, 0, 1, 2));
	test_eq(elements[0], 1);
	test_eq(elements[1], (uintptr_t)own | 1);
	test_eq(table_at(instance, 0, 3), 0);
	test_eq(elements[3], 1);
	shim_allocator_deallocate(allocator, instance);
	shim_module_destroy(module);
	must(shim_allocator_destroy(allocator));
}

/* By the importer's segment at 2, and, if it copies, by an instruction at 1 and 3. */
static void written_before(bool copies)
{
	struct shim_allocator *allocator = allocator_of(SHIM_ALLOCATOR_LAZY_TABLES);
	struct shim_module *module = module_of(SHIM_TYPE_FUNCREF, false);
	struct shim_module *importer = module_of(SHIM_TYPE_FUNCREF, true);
	struct shim_instance *owner = instance_allocate(allocator, module), *writer;
	struct shim_vm_table_import import;

	must(shim_instance_export_table(owner, 0, &import));
	writer = instance_with(allocator, importer, &import);
	for (uint32_t to = 1; copies && to < 4; to += 2)
		must(shim_table_copy(writer, 0, to, 0, 2, 1));
	must(shim_allocator_initialize(allocator, owner, 1));
	for (uint32_t i = 1; i < 3; i++)
		test_eq(table_at(writer, 0, i), shim_instance_func_ref(owner, 0));
	test_eq(table_at(owner, 0, 3), copies ? shim_instance_func_ref(writer, 0) : NULL);
	shim_allocator_deallocate(allocator, writer);
	shim_allocator_deallocate(allocator, owner);
	shim_module_destroy(importer);
	shim_module_destroy(module);
	must(shim_allocator_destroy(allocator));
}

TEST("an import that is written before its instance is initialized loses to the segments only")
{
	written_before(false);
	written_before(true);
}

TEST_MAIN()
