// SPDX-License-Identifier: MIT
// A module that borrows its binary is the one that is parsed; it has no copy of names and data.
#include "module_test.h"

#include <sys/mman.h>

#include "module_same.h"
#include "module_walk.h"

/* Of a binary that cannot be written from now on. */
static struct shim_module *borrow(const struct binary *binary)
{
	struct shim_module *module;

	test_sys(mprotect(binary->map, binary->map_length - PAGE, PROT_READ));
	must(shim_module_parse_borrowed(binary->bytes, binary->length, &module));
	return module;
}

static bool is_inside(const struct binary *binary, const void *bytes, uint64_t length)
{
	uint64_t at = (uintptr_t)bytes - (uintptr_t)binary->bytes;

	return at <= binary->length && length <= binary->length - at;
}

static bool is_name(const struct binary *binary, const struct shim_name *name)
{
	return is_inside(binary, name->bytes, name->length);
}

static void names_are_inside(const struct binary *binary, const struct shim_module_desc *desc)
{
	for (uint32_t i = 0; i < desc->import_count; i++)
		test_ok(is_name(binary, &desc->imports[i].module) &&
			is_name(binary, &desc->imports[i].name));
	for (uint32_t i = 0; i < desc->export_count; i++)
		test_ok(is_name(binary, &desc->exports[i].name));
}

/* Where a module has images, active segments are in these; whatever the images, not elsewhere. */
static void data_is_inside(const struct binary *binary, const struct shim_module *module)
{
	const struct shim_module_desc *desc = shim_module_desc(module);
	bool has_images = shim_module_defined_image(module, 0);

	for (uint32_t i = 0; i < desc->data_count; i++)
		if (!has_images || desc->data[i].mode != SHIM_SEGMENT_ACTIVE)
			test_ok(is_inside(binary, desc->data[i].bytes, desc->data[i].length));
}

static void is_as_parsed(const char *path)
{
	struct binary binary = binary_load(path);
	struct shim_module *parsed = module_parse(&binary), *borrowed = borrow(&binary), *created;

	test_context("%s", path);
	test_ok(desc_same(shim_module_desc(parsed), shim_module_desc(borrowed)));
	test_mem(shim_module_offsets(parsed), shim_module_offsets(borrowed),
		 sizeof(struct shim_vmoffsets));
	test_ok(images_same(parsed, borrowed));
	test_ok(!module_problem(borrowed));
	names_are_inside(&binary, shim_module_desc(borrowed));
	data_is_inside(&binary, borrowed);
	/* What is made of its desc is a module as any other, and needs no binary. */
	created = module_create(shim_module_desc(borrowed));
	shim_module_destroy(borrowed);
	binary_free(&binary);
	test_ok(desc_same(shim_module_desc(parsed), shim_module_desc(created)));
	test_ok(!module_problem(created));
	shim_module_destroy(created);
	shim_module_destroy(parsed);
	test_context(NULL);
}

TEST("every fixture")
{
	test_ok(folder_each("wasm", is_as_parsed) >= 10);
}

TEST("modules in use elsewhere")
{
	test_ok(folder_each("real", is_as_parsed) >= 7);
}

/* Both have the same to say of what is left of a binary, before a page without access. */
static void cut_test(const struct binary *binary, size_t cut)
{
	struct binary part = binary_copy(binary->bytes, cut);
	struct shim_module *parsed = NULL, *borrowed = NULL;
	int error = shim_module_parse(part.bytes, cut, &parsed);
	char message[256] = "";

	if (error)
		snprintf(message, sizeof(message), "%s", shim_error());
	test_eq(shim_module_parse_borrowed(part.bytes, cut, &borrowed), error);
	test_ok(!borrowed == !parsed);
	if (error)
		test_str(shim_error(), message);
	else
		test_ok(!module_problem(borrowed));
	shim_module_destroy(borrowed);
	shim_module_destroy(parsed);
	binary_free(&part);
}

static void every_cut(const char *path)
{
	struct binary binary = binary_load(path);

	for (size_t cut = 0; cut <= binary.length; cut++)
		cut_test(&binary, cut);
	binary_free(&binary);
}

TEST("every fixture, cut at every byte")
{
	test_ok(folder_each("wasm", every_cut) >= 10);
}

TEST("names and data at the very end")
{
	/* An import of a global; the last byte of the binary is the last one of its data. */
	struct binary binary = binary_write("2: 01 01 6d 01 67 03 7f 00 | 5: 01 00 01 |"
					    "7: 01 01 65 02 00 | 11: 01 01 02 61 62");
	struct shim_module *module = borrow(&binary);
	const struct shim_module_desc *desc = shim_module_desc(module);

	test_ok((const uint8_t *)desc->data[0].bytes + 2 == binary.bytes + binary.length);
	test_mem(desc->data[0].bytes, "ab", 2);
	test_ok(desc->imports[0].name.bytes[1] == SHIM_EXTERN_GLOBAL);
	test_ok(desc->exports[0].name.bytes[1] == SHIM_EXTERN_MEMORY);
	test_ok(shim_module_find_export(module, "e", 1) == desc->exports);
	test_ok(!shim_module_find_export(module, "e\2", 2));
	shim_module_destroy(module);
	binary_free(&binary);
}

TEST("NULL")
{
	struct shim_module *module;

	must_fail(-EFAULT, "bytes is NULL", shim_module_parse_borrowed(NULL, 8, &module));
	must_fail(-EFAULT, "out is NULL", shim_module_parse_borrowed("", 0, NULL));
}

TEST_MAIN()
