// SPDX-License-Identifier: MIT
/* Makes modules, and checks how a call fails that must not make one. */
#include "modules.h"

#include "fixture.h"

struct shim_module *module_parse(const struct binary *binary)
{
	struct shim_module *module = NULL;
	int error = shim_module_parse(binary->bytes, binary->length, &module);

	if (error)
		test_fail("parse: %s: %s", strerror(-error), shim_error());
	return module;
}

struct shim_module *module_load(const char *fixture)
{
	struct binary binary = fixture_load(fixture);
	struct shim_module *module = module_parse(&binary);

	/* Nothing of the binary may be needed any more. */
	memset(binary.bytes, 0xa5, binary.length);
	binary_free(&binary);
	return module;
}

struct shim_module *module_write(const char *text)
{
	struct binary binary = binary_write(text);
	struct shim_module *module = module_parse(&binary);

	memset(binary.bytes, 0xa5, binary.length);
	binary_free(&binary);
	return module;
}

struct shim_module *module_create(const struct shim_module_desc *desc)
{
	struct shim_module *module = NULL;
	int error = shim_module_create(desc, &module);

	if (error)
		test_fail("create: %s: %s", strerror(-error), shim_error());
	return module;
}

void parse_fails(const char *text, int error, const char *message)
{
	struct binary binary = binary_write(text);
	struct shim_module *module = NULL;
	int got = shim_module_parse(binary.bytes, binary.length, &module);

	if (got != error || module || strcmp(shim_error(), message))
		test_fail("%s: got %d \"%s\", expected %d \"%s\"", text, got,
			  got ? shim_error() : "", error, message);
	binary_free(&binary);
}

void create_fails(const struct shim_module_desc *desc, int error, const char *message)
{
	struct shim_module *module = NULL;

	test_err(error, shim_module_create(desc, &module));
	test_str(shim_error(), message);
	test_ok(!module);
}

struct shim_module *module_memory(uint64_t minimum, uint64_t maximum)
{
	struct shim_memory_plan memory = {
		.flags = SHIM_PLAN_MAXIMUM,
		.minimum = minimum,
		.maximum = maximum,
	};
	struct shim_module_desc desc = {
		.size = sizeof(desc),
		.defined_memory_count = 1,
		.defined_memories = &memory,
	};

	return module_create(&desc);
}

struct shim_module *module_table(uint64_t minimum, uint64_t maximum)
{
	struct shim_table_plan table = {
		.type = SHIM_TYPE_FUNCREF,
		.flags = SHIM_PLAN_MAXIMUM,
		.minimum = minimum,
		.maximum = maximum,
	};
	struct shim_module_desc desc = {
		.size = sizeof(desc),
		.defined_table_count = 1,
		.defined_tables = &table,
	};

	return module_create(&desc);
}

struct shim_module *module_text(uint64_t pages, uint32_t at, const char *text)
{
	struct shim_const_instr offset = { .op = SHIM_CONST_I32, .bits = at };
	struct shim_memory_plan memory = { .minimum = pages };
	struct shim_data_segment data = {
		.offset = offset,
		.bytes = text,
		.length = strlen(text),
	};
	struct shim_module_desc desc = {
		.size = sizeof(desc),
		.defined_memory_count = 1,
		.defined_memories = &memory,
		.data_count = 1,
		.data = &data,
	};

	return module_create(&desc);
}

uint32_t export_index(const struct shim_module *module, const char *name)
{
	const struct shim_export *found = shim_module_find_export(module, name, SIZE_MAX);

	if (!found)
		test_fail("no export %s", name);
	return found->index;
}
