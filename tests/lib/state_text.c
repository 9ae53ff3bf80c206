// SPDX-License-Identifier: MIT
/* What an instance has, read through the library's public calls. */
#include "state_text.h"

#include <inttypes.h>

#include "instances.h"

#define CHUNK 4096

/* The checksum that zlib.crc32() of Python computes. */
static uint32_t checksum(const unsigned char *bytes, size_t length)
{
	static uint32_t table[256];
	uint32_t sum = UINT32_MAX;

	for (uint32_t i = 1; !table[255] && i < 256; i++) {
		table[i] = i;
		for (int bit = 0; bit < 8; bit++)
			table[i] = table[i] >> 1 ^ (table[i] & 1 ? 0xedb88320 : 0);
	}
	for (size_t i = 0; i < length; i++)
		sum = sum >> 8 ^ table[(sum ^ bytes[i]) & 0xff];
	return ~sum;
}

static void memory_print(FILE *to, struct shim_instance *instance, uint32_t index)
{
	const unsigned char *base = (const unsigned char *)memory_at(instance, index);
	uint64_t length = memory_length(instance, index);
	static const unsigned char zero[CHUNK];

	fprintf(to, "memory %" PRIu32 " %" PRIu64 "\n", index, length);
	for (uint64_t at = 0; at < length; at += CHUNK)
		if (memcmp(base + at, zero, CHUNK))
			fprintf(to, "sum %" PRIu64 " %08" PRIx32 "\n", at,
				checksum(base + at, CHUNK));
}

/* By the address of its struct, which only the instance itself makes. */
struct functions {
	struct shim_vm_func_ref *first;
	uint32_t *of; /* of each reference, the function */
	uint32_t count;
};

static void functions_init(struct functions *functions, struct shim_instance *instance)
{
	const struct shim_module *module = shim_instance_module(instance);
	const struct shim_vmoffsets *offsets = shim_module_offsets(module);
	uint32_t count =
		offsets->imported_function_count + shim_module_desc(module)->defined_function_count;

	*functions = (struct functions){ .count = offsets->func_ref_count };
	functions->of = calloc(functions->count + 1, sizeof(*functions->of));
	test_ok(functions->of);
	functions->first = (void *)((char *)shim_instance_state(instance) + offsets->func_refs);
	for (uint32_t i = 0; i < count; i++) {
		uint32_t at = shim_module_func_ref_index(module, i);

		if (at == SHIM_INDEX_NONE)
			continue;
		test_ok(at < functions->count &&
			shim_instance_func_ref(instance, i) == &functions->first[at]);
		test_ok(functions->first[at].body == module_host_body(i));
		functions->of[at] = i;
	}
}

/* Of references to functions and of the host's the oracle does not say more. */
static bool may_be_i31(uint32_t type)
{
	type &= ~SHIM_TYPE_NON_NULL;
	return type == SHIM_TYPE_ANYREF || type == SHIM_TYPE_EQREF || type == SHIM_TYPE_I31REF;
}

static void reference_print(FILE *to, const struct functions *functions, uint32_t type,
			    uintptr_t value)
{
	uintptr_t at = value - (uintptr_t)functions->first;
	size_t size = sizeof(*functions->first);

	if (!value)
		fputs("null\n", to);
	else if (at < functions->count * size && at % size == 0)
		fprintf(to, "function %" PRIu32 "\n", functions->of[at / size]);
	else if (value & 1 && may_be_i31(type))
		fprintf(to, "i31 %" PRIuPTR "\n", value >> 1);
	else
		fputs("reference\n", to);
}

static void table_print(FILE *to, struct shim_instance *instance, const struct functions *functions,
			uint32_t index, uint32_t type)
{
	uint32_t length = table_length(instance, index);

	fprintf(to, "table %" PRIu32 " %" PRIu32 "\n", index, length);
	for (uint32_t i = 0; i < length; i++) {
		uintptr_t value = (uintptr_t)table_at(instance, index, i);

		if (!value)
			continue;
		fprintf(to, "element %" PRIu32 " ", i);
		reference_print(to, functions, type, value);
	}
}

static bool is_number(uint32_t type)
{
	return type <= SHIM_TYPE_I32 && type >= SHIM_TYPE_V128;
}

static void global_print(FILE *to, struct shim_instance *instance,
			 const struct functions *functions, uint32_t index, uint32_t type)
{
	const struct shim_vm_global *global = shim_instance_global(instance, index);

	fprintf(to, "global %" PRIu32 " ", index);
	if (is_number(type))
		fprintf(to, "%" PRIx64 " %" PRIx64 "\n", global->bits[0], global->bits[1]);
	else
		reference_print(to, functions, type, (uintptr_t)global->bits[0]);
}

static const struct shim_import *import_of(const struct shim_module_desc *desc, uint32_t kind,
					   uint32_t index)
{
	for (uint32_t i = 0; i < desc->import_count; i++)
		if (desc->imports[i].kind == kind && index-- == 0)
			return &desc->imports[i];
	return NULL;
}

static uint32_t table_type(const struct shim_module_desc *desc, uint32_t imported, uint32_t index)
{
	if (index >= imported)
		return desc->defined_tables[index - imported].type;
	return import_of(desc, SHIM_EXTERN_TABLE, index)->table.type;
}

static uint32_t global_type(const struct shim_module_desc *desc, uint32_t imported, uint32_t index)
{
	if (index >= imported)
		return desc->defined_globals[index - imported].type.type;
	return import_of(desc, SHIM_EXTERN_GLOBAL, index)->global.type;
}

static void print(FILE *to, struct shim_instance *instance, bool has_globals)
{
	const struct shim_module *module = shim_instance_module(instance);
	const struct shim_vmoffsets *offsets = shim_module_offsets(module);
	const struct shim_module_desc *desc = shim_module_desc(module);
	uint32_t tables = offsets->imported_table_count, globals = offsets->imported_global_count;
	struct functions functions;

	functions_init(&functions, instance);
	for (uint32_t i = 0; i < offsets->imported_memory_count + offsets->defined_memory_count;
	     i++)
		memory_print(to, instance, i);
	for (uint32_t i = 0; i < tables + offsets->defined_table_count; i++)
		table_print(to, instance, &functions, i, table_type(desc, tables, i));
	for (uint32_t i = 0; has_globals && i < globals + offsets->defined_global_count; i++)
		global_print(to, instance, &functions, i, global_type(desc, globals, i));
	free(functions.of);
}

void state_print(FILE *to, struct shim_instance *instance)
{
	print(to, instance, true);
}

void state_print_failed(FILE *to, struct shim_instance *instance)
{
	print(to, instance, false);
}
