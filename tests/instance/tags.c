// SPDX-License-Identifier: MIT
// Tags, tables with a first value, and globals that read others are as the module says.
#include "allocator_test.h"

TEST("each instance has tags of its own, and shows those that it imports")
{
	struct shim_allocator *allocator = allocator_small();
	struct shim_module *exporter =
		module_write("1: 02 60 01 7f 00 60 00 00 | 13: 02 00 00 00 01");
	/* Its types stand in another order. */
	struct shim_module *importer = module_write(
		"1: 02 60 00 00 60 01 7f 00 | 2: 01 01 6d 01 74 04 00 01 | 13: 01 00 01");
	struct shim_instance *first = instance_new(allocator, exporter), *second;
	struct shim_instance_request request = request_of(importer);
	struct shim_vm_tag_import import = { NULL };

	test_ok(shim_instance_tag(first, 0) != shim_instance_tag(first, 1));
	test_ok(shim_instance_tag(first, 0)->type != shim_instance_tag(first, 1)->type);
	test_ok(!shim_instance_tag(first, 2));
	test_err(-EINVAL, shim_instance_export_tag(first, 2, &import));
	test_str(shim_error(), "tag 2 is not in the module");
	test_err(-EFAULT, shim_instance_export_tag(first, 0, NULL));
	test_success(shim_instance_export_tag(first, 0, &import));
	test_ok(import.from == shim_instance_tag(first, 0));
	test_err(-EINVAL, allocate_error(allocator, importer));
	test_str(shim_error(), "imports: 0 tags given, the module imports 1");
	request.imports.tags = &(struct shim_vm_tag_import){ NULL };
	request.imports.tag_count = 1;
	must_fail(-EFAULT, "imports: tags[0].from is NULL",
		  shim_allocator_allocate(allocator, &request, &second));
	request.imports.tags = &import;
	second = instance_request(allocator, &request);
	test_ok(shim_instance_tag(second, 0) == import.from);
	test_ok(shim_instance_tag(second, 1) != import.from);
	test_eq(shim_instance_tag(second, 1)->type, import.from->type);
	shim_allocator_deallocate(allocator, second);
	shim_allocator_deallocate(allocator, first);
	shim_module_destroy(importer);
	shim_module_destroy(exporter);
	must(shim_allocator_destroy(allocator));
}

TEST("all elements of a table have its first value, and lose what the last instance wrote")
{
	struct shim_allocator *allocator = allocator_single();
	struct shim_module *module = module_write(
		"1: 01 60 00 00 | 3: 01 00 | 4: 02 40 00 64 00 00 05 d2 00 0b 40 00 70 04 02 d0 70 0b |"
		"10: 01 02 00 0b");

	for (int round = 0; round < 3; round++) {
		struct shim_instance *instance = instance_new(allocator, module);

		for (uint32_t i = 0; i < 5; i++)
			test_ok(table_at(instance, 0, i) == shim_instance_func_ref(instance, 0));
		for (uint32_t i = 0; i < 2; i++)
			test_ok(!table_at(instance, 1, i));
		test_success(shim_table_set(instance, 0, 3, NULL));
		test_success(shim_table_set(instance, 1, 1, instance));
		shim_allocator_deallocate(allocator, instance);
	}
	shim_module_destroy(module);
	must(shim_allocator_destroy(allocator));
}

TEST("a global reads one that the module defines before it, and so do offsets")
{
	struct shim_allocator *allocator = allocator_single();
	struct shim_module *module =
		module_write("5: 01 00 01 | 6: 02 7f 00 41 e4 00 0b 7f 00 23 00 41 02 6c 0b |"
			     "11: 01 00 23 01 0b 02 68 69");
	struct shim_instance *instance = instance_new(allocator, module);

	test_eq(shim_instance_global(instance, 1)->bits[0], 200);
	text_is(instance, 200, "hi");
	shim_allocator_deallocate(allocator, instance);
	shim_module_destroy(module);
	must(shim_allocator_destroy(allocator));
	parse_fails("6: 01 7f 00 23 00 0b", -EINVAL,
		    "global section, byte 0xb: global 0: initial value: "
		    "global 0 is past the 0 there are");
}

TEST("elements of a 64-bit table, whose offset has 64 bits")
{
	struct shim_allocator *allocator = allocator_single();
	struct shim_module *module = module_write("1: 01 60 00 00 | 3: 01 00 | 4: 01 70 04 0a |"
						  "9: 01 00 42 08 0b 01 00 | 10: 01 02 00 0b");
	struct shim_instance *instance = instance_new(allocator, module);

	test_ok(!table_at(instance, 0, 7));
	test_ok(table_at(instance, 0, 8) == shim_instance_func_ref(instance, 0));
	shim_allocator_deallocate(allocator, instance);
	shim_module_destroy(module);
	/* 2^32 + 8 is no element of it. */
	module = module_write("1: 01 60 00 00 | 3: 01 00 | 4: 01 70 04 0a |"
			      "9: 01 00 42 88 80 80 80 10 0b 01 00 | 10: 01 02 00 0b");
	instance = instance_allocate(allocator, module);
	test_err(-ERANGE, shim_allocator_initialize(allocator, instance, 1));
	shim_allocator_deallocate(allocator, instance);
	shim_module_destroy(module);
	must(shim_allocator_destroy(allocator));
}

TEST("a 64-bit table of more elements than there is room for")
{
	static const char *const large[] = { "4: 01 70 04 80 80 80 80 10",
					     "4: 01 70 04 ff ff ff ff ff ff ff ff ff 01" };
	struct shim_allocator *allocator = allocator_single();

	for (size_t i = 0; i < ARRAY_SIZE(large); i++) {
		struct shim_module *module = module_write(large[i]);

		test_err(is_pooling() ? -ENOSPC : -ENOMEM, allocate_error(allocator, module));
		shim_module_destroy(module);
	}
	must(shim_allocator_destroy(allocator));
}

TEST_MAIN()
