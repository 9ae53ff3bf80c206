// SPDX-License-Identifier: MIT
/*
 * The layout of the instance state: one table of its fields, which is also the table in
 * docs/instance-state.md.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "module/vmoffsets.h"

_Static_assert(sizeof(struct shim_vm_function_import) == 16, "no holes");
_Static_assert(sizeof(struct shim_vm_table_import) == 16, "no holes");
_Static_assert(sizeof(struct shim_vm_memory_import) == 24, "no holes");
_Static_assert(sizeof(struct shim_vm_global_import) == 8, "no holes");
_Static_assert(sizeof(struct shim_vm_table) == 16, "no holes");
_Static_assert(sizeof(struct shim_vm_memory) == 16, "no holes");
_Static_assert(sizeof(struct shim_vm_global) == 16, "no holes");
_Static_assert(sizeof(struct shim_vm_func_ref) == 24, "no holes");
_Static_assert(sizeof(struct shim_vm_tag_import) == 8, "no holes");
_Static_assert(sizeof(struct shim_vm_tag) == 8, "no holes");

struct field {
	const char *name;
	size_t offset; /* of the member of struct shim_vmoffsets with the field's place ... */
	size_t count;  /* ... and of the one with its count; ONE: there is always one */
	uint32_t size; /* of one field */
	uint32_t align;
};

#define ONE SIZE_MAX
#define FIELD(name, field, size, align)                                        \
	{                                                                      \
		name, offsetof(struct shim_vmoffsets, field), ONE, size, align \
	}
#define ARRAY(name, field, count, type)                                                      \
	{                                                                                    \
		name, offsetof(struct shim_vmoffsets, field),                                \
			offsetof(struct shim_vmoffsets, count), sizeof(type), _Alignof(type) \
	}

static const struct field fields[SHIM_VM_REGIONS] = {
	FIELD("magic value", magic, 4, 8),
	FIELD("jit runtime limits state", runtime_limits, 8, 8),
	FIELD("callee function pointer", callee, 8, 8),
	FIELD("jit current epoch state", epoch, 8, 8),
	FIELD("jit host externref state", externref_activations, 8, 8),
	FIELD("jit store state", store, 16, 8),
	FIELD("jit builtin functions state", builtin_functions, 8, 8),
	FIELD("module types", type_ids, 8, 8),
	ARRAY("imported functions", imported_functions, imported_function_count,
	      struct shim_vm_function_import),
	ARRAY("imported tables", imported_tables, imported_table_count,
	      struct shim_vm_table_import),
	ARRAY("imported memories", imported_memories, imported_memory_count,
	      struct shim_vm_memory_import),
	ARRAY("imported globals", imported_globals, imported_global_count,
	      struct shim_vm_global_import),
	ARRAY("defined tables", defined_tables, defined_table_count, struct shim_vm_table),
	ARRAY("defined memories", defined_memories, defined_memory_count, struct shim_vm_memory *),
	ARRAY("owned memories", owned_memories, owned_memory_count, struct shim_vm_memory),
	ARRAY("defined globals", defined_globals, defined_global_count, struct shim_vm_global),
	ARRAY("module functions", func_refs, func_ref_count, struct shim_vm_func_ref),
	ARRAY("imported tags", imported_tags, imported_tag_count, struct shim_vm_tag_import),
	ARRAY("defined tags", defined_tags, defined_tag_count, struct shim_vm_tag),
};

static uint32_t member_get(const struct shim_vmoffsets *offsets, size_t at)
{
	return *(const uint32_t *)((const unsigned char *)offsets + at);
}

static void member_set(struct shim_vmoffsets *offsets, size_t at, uint32_t value)
{
	*(uint32_t *)((unsigned char *)offsets + at) = value;
}

/*
 * Gives a field its place at *next or, for its alignment, after that; moves *next behind
 * the field. Returns true when that exceeds 32 bits.
 */
static bool field_place(struct shim_vmoffsets *offsets, const struct field *field, uint32_t *next)
{
	uint32_t count = field->count == ONE ? 1 : member_get(offsets, field->count);
	uint32_t size;

	if (__builtin_add_overflow(*next, -*next & (field->align - 1), next) ||
	    __builtin_mul_overflow(count, field->size, &size))
		return true;
	member_set(offsets, field->offset, *next);
	return __builtin_add_overflow(*next, size, next);
}

int shim_vmoffsets_init(struct shim_vmoffsets *offsets)
{
	uint32_t next = 0;

	for (int i = 0; i < SHIM_VM_REGIONS; i++)
		if (field_place(offsets, &fields[i], &next))
			return shim_error_set(-EOVERFLOW,
					      "instance state is longer than %" PRIu32 " bytes",
					      UINT32_MAX);
	offsets->state_size = next;
	return 0;
}

void shim_vmoffsets_regions(const struct shim_vmoffsets *offsets,
			    struct shim_vm_region regions[SHIM_VM_REGIONS])
{
	uint32_t end = offsets->state_size;

	for (int i = 0; i < SHIM_VM_REGIONS; i++) {
		const struct field *field = &fields[SHIM_VM_REGIONS - 1 - i];
		uint32_t start = member_get(offsets, field->offset);

		regions[i] = (struct shim_vm_region){ field->name, end - start };
		end = start;
	}
}
