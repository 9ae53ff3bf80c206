// SPDX-License-Identifier: MIT
// What is asked of a module that is NULL is nothing, and no wild pointer.
#include "module_test.h"

TEST("a module that is NULL has no id, no desc, no image and no function")
{
	test_eq(shim_module_id(NULL), 0);
	test_ok(!shim_module_desc(NULL));
	test_ok(!shim_module_offsets(NULL));
	test_ok(!shim_module_defined_image(NULL, 0));
	test_ok(!shim_module_find_export(NULL, "a", 1));
	test_eq(shim_module_func_ref_index(NULL, 0), SHIM_INDEX_NONE);
	shim_module_destroy(NULL);
	shim_stripped_destroy(NULL);
}

TEST("a pointer that is NULL makes no module, and the message names it")
{
	struct shim_stripped *stripped;
	struct shim_module *module;

	must_fail(-EFAULT, "desc is NULL", shim_module_create(NULL, &module));
	must_fail(-EFAULT, "bytes is NULL", shim_module_parse(NULL, 8, &module));
	must_fail(-EFAULT, "out is NULL", shim_module_parse("", 0, NULL));
	must_fail(-EFAULT, "bytes is NULL", shim_module_strip(NULL, 8, &stripped));
	must_fail(-EFAULT, "out is NULL", shim_module_strip("", 0, NULL));
}

TEST_MAIN()
