// SPDX-License-Identifier: MIT
/* Walks through the desc of a module and checks every index, text and pointer in it. */
#include "module_walk.h"

#include <stdbool.h>
#include <string.h>

#include "module/const_expr.h"
#include "page.h"

/* How many there are of each kind, imported ones included. */
struct walk_counts {
	uint32_t kinds[SHIM_EXTERN_KINDS];
	uint32_t imported[SHIM_EXTERN_KINDS];
	uint32_t types;
};

/* A type of values, or of fields. */
static bool walk_type(uint32_t type, uint32_t types)
{
	uint32_t code = type & ~SHIM_TYPE_NON_NULL;

	if (type & SHIM_TYPE_INDEX)
		return (code & ~SHIM_TYPE_INDEX) < types;
	return (code >= SHIM_TYPE_EXNREF && code <= SHIM_TYPE_NULLEXNREF) ||
	       (type >= SHIM_TYPE_I16 && type <= SHIM_TYPE_I32);
}

static struct walk_counts walk_count(const struct shim_module_desc *desc)
{
	struct walk_counts counts = { 0 };

	for (uint32_t i = 0; i < desc->import_count; i++)
		counts.imported[desc->imports[i].kind]++;
	memcpy(counts.kinds, counts.imported, sizeof(counts.kinds));
	counts.kinds[SHIM_EXTERN_FUNCTION] += desc->defined_function_count;
	counts.kinds[SHIM_EXTERN_TABLE] += desc->defined_table_count;
	counts.kinds[SHIM_EXTERN_MEMORY] += desc->defined_memory_count;
	counts.kinds[SHIM_EXTERN_GLOBAL] += desc->defined_global_count;
	counts.kinds[SHIM_EXTERN_TAG] += desc->defined_tag_count;
	counts.types = desc->type_count;
	return counts;
}

static bool walk_name(const struct shim_name *name)
{
	unsigned int sum = 0;

	for (uint32_t i = 0; i < name->length; i++)
		sum += (unsigned char)name->bytes[i];
	return sum <= 255 * (uint64_t)name->length;
}

static bool has_nul(const struct shim_name *name)
{
	return name->bytes[name->length] == '\0';
}

/* Whether a NUL follows each name, as where the module does not borrow them. */
static bool names_end(const struct shim_module_desc *desc)
{
	for (uint32_t i = 0; i < desc->import_count; i++)
		if (!has_nul(&desc->imports[i].module) || !has_nul(&desc->imports[i].name))
			return false;
	for (uint32_t i = 0; i < desc->export_count; i++)
		if (!has_nul(&desc->exports[i].name))
			return false;
	return true;
}

static bool walk_memory(const struct shim_memory_plan *plan)
{
	uint64_t most = plan->flags & SHIM_PLAN_64 ? UINT64_C(1) << 48 : 65536;

	return plan->minimum <= plan->maximum && plan->maximum <= most &&
	       (plan->flags & SHIM_PLAN_MAXIMUM || plan->maximum == most) &&
	       (!(plan->flags & SHIM_PLAN_SHARED) || plan->flags & SHIM_PLAN_MAXIMUM);
}

static bool walk_table(const struct shim_table_plan *plan)
{
	uint64_t most = plan->flags & SHIM_PLAN_64 ? UINT64_MAX : UINT32_MAX;

	return plan->minimum <= plan->maximum && plan->maximum <= most &&
	       (plan->flags & SHIM_PLAN_MAXIMUM || plan->maximum == most);
}

static bool walk_expr(const struct shim_const_instr *expr, const struct walk_counts *counts)
{
	uint32_t count;
	const struct shim_const_instr *instrs = shim_const_instrs(expr, &count);

	for (uint32_t i = 0; i < count; i++) {
		const struct shim_const_instr *instr = &instrs[i];

		if (instr->op == SHIM_CONST_GLOBAL_GET &&
		    instr->index >= counts->kinds[SHIM_EXTERN_GLOBAL])
			return false;
		if (instr->op >= SHIM_CONST_STRUCT_NEW && instr->op <= SHIM_CONST_ARRAY_NEW_FIXED &&
		    instr->index >= counts->types)
			return false;
		if (instr->op == SHIM_CONST_REF_NULL && !walk_type(instr->index, counts->types))
			return false;
		if (instr->op == SHIM_CONST_REF_FUNC &&
		    instr->index >= counts->kinds[SHIM_EXTERN_FUNCTION])
			return false;
	}
	return count > 0;
}

static const char *walk_imports(const struct shim_module_desc *desc)
{
	for (uint32_t i = 0; i < desc->import_count; i++) {
		const struct shim_import *import = &desc->imports[i];

		if (!walk_name(&import->module) || !walk_name(&import->name))
			return "import name";
		if ((import->kind == SHIM_EXTERN_FUNCTION || import->kind == SHIM_EXTERN_TAG) &&
		    import->type >= desc->type_count)
			return "import type";
		if (import->kind == SHIM_EXTERN_TABLE && !walk_table(&import->table))
			return "import table";
		if (import->kind == SHIM_EXTERN_MEMORY && !walk_memory(&import->memory))
			return "import memory";
	}
	return NULL;
}

static bool walk_definition(const struct shim_type *type, uint32_t index, uint32_t types)
{
	if (type->flags & SHIM_TYPE_SUB && type->supertype >= index)
		return false;
	if (type->kind != SHIM_KIND_FUNCTION) {
		for (uint32_t i = 0; i < type->field_count; i++)
			if (!walk_type(type->fields[i].type, types))
				return false;
		return true;
	}
	for (uint32_t i = 0; i < type->param_count; i++)
		if (!walk_type(type->params[i], types))
			return false;
	for (uint32_t i = 0; i < type->result_count; i++)
		if (!walk_type(type->results[i], types))
			return false;
	return true;
}

static const char *walk_defined(const struct shim_module_desc *desc,
				const struct walk_counts *counts)
{
	for (uint32_t i = 0; i < desc->type_count; i++)
		if (!walk_definition(&desc->types[i], i, desc->type_count))
			return "type";
	for (uint32_t i = 0; i < desc->defined_tag_count; i++)
		if (desc->defined_tags[i] >= desc->type_count)
			return "tag";
	for (uint32_t i = 0; i < desc->defined_function_count; i++)
		if (desc->defined_functions[i] >= desc->type_count)
			return "function";
	for (uint32_t i = 0; i < desc->defined_table_count; i++)
		if (!walk_table(&desc->defined_tables[i]) ||
		    (!shim_const_is_empty(&desc->defined_tables[i].init) &&
		     !walk_expr(&desc->defined_tables[i].init, counts)))
			return "table";
	for (uint32_t i = 0; i < desc->defined_memory_count; i++)
		if (!walk_memory(&desc->defined_memories[i]))
			return "memory";
	for (uint32_t i = 0; i < desc->defined_global_count; i++)
		if (!walk_expr(&desc->defined_globals[i].init, counts))
			return "global";
	for (uint32_t i = 0; i < desc->export_count; i++)
		if (!walk_name(&desc->exports[i].name) ||
		    desc->exports[i].index >= counts->kinds[desc->exports[i].kind])
			return "export";
	return NULL;
}

static const char *walk_element(const struct shim_element_segment *segment,
				const struct walk_counts *counts)
{
	if (segment->mode == SHIM_SEGMENT_ACTIVE &&
	    (segment->table >= counts->kinds[SHIM_EXTERN_TABLE] ||
	     !walk_expr(&segment->offset, counts)))
		return "active elements";
	for (uint32_t i = 0; i < segment->count; i++) {
		const struct shim_element *element = &segment->elements[i];
		bool function = element->op == SHIM_CONST_REF_FUNC;
		bool global = element->op == SHIM_CONST_GLOBAL_GET;
		bool expr = element->op == SHIM_ELEMENT_EXPR;

		if (function && element->index >= counts->kinds[SHIM_EXTERN_FUNCTION])
			return "element function";
		if (global && element->index >= counts->kinds[SHIM_EXTERN_GLOBAL])
			return "element global";
		if (expr && (element->index >= segment->expr_count ||
			     !walk_expr(&segment->exprs[element->index], counts)))
			return "element expression";
		if (!function && !global && !expr && element->op != SHIM_CONST_REF_NULL)
			return "element";
	}
	return NULL;
}

static const char *walk_data(const struct shim_data_segment *segment,
			     const struct walk_counts *counts)
{
	const unsigned char *bytes = segment->bytes;
	uint64_t sum = 0;

	if (segment->mode == SHIM_SEGMENT_ACTIVE &&
	    (segment->memory >= counts->kinds[SHIM_EXTERN_MEMORY] ||
	     !walk_expr(&segment->offset, counts)))
		return "active data";
	for (uint64_t i = 0; i < segment->length; i++)
		sum += bytes[i];
	return sum <= 255 * segment->length ? NULL : "data";
}

static const char *walk_segments(const struct shim_module_desc *desc,
				 const struct walk_counts *counts)
{
	const char *problem = NULL;

	for (uint32_t i = 0; !problem && i < desc->element_count; i++)
		problem = walk_element(&desc->elements[i], counts);
	for (uint32_t i = 0; !problem && i < desc->data_count; i++)
		problem = walk_data(&desc->data[i], counts);
	return problem;
}

static bool walk_image(const struct shim_static_image *image, const struct shim_memory_plan *plan)
{
	const unsigned char *bytes = image->bytes;
	bool first = false, last = false;

	if (!image->length)
		return !image->offset && !bytes;
	for (uint64_t i = 0; i < PAGE; i++) {
		first |= bytes[i];
		last |= bytes[image->length - 1 - i];
	}
	return first && last && image->offset % PAGE == 0 && image->length % PAGE == 0 &&
	       (image->offset + image->length + 65535) / 65536 <= plan->minimum;
}

/* Images, offsets, places of function references. */
static const char *walk_derived(const struct shim_module *module, const struct walk_counts *counts)
{
	const struct shim_module_desc *desc = shim_module_desc(module);
	const struct shim_vmoffsets *offsets = shim_module_offsets(module);
	uint32_t refs = 0;

	for (uint32_t i = 0; i < desc->defined_memory_count; i++) {
		const struct shim_static_image *image = shim_module_defined_image(module, i);

		if (!image != !shim_module_defined_image(module, 0))
			return "some images";
		if (image && !walk_image(image, &desc->defined_memories[i]))
			return "image";
	}
	for (uint32_t i = 0; i < counts->kinds[SHIM_EXTERN_FUNCTION]; i++) {
		uint32_t place = shim_module_func_ref_index(module, i);

		if (place != SHIM_INDEX_NONE && place != refs++)
			return "func_ref";
	}
	if (refs != offsets->func_ref_count ||
	    offsets->imported_tags != offsets->func_refs + refs * sizeof(struct shim_vm_func_ref) ||
	    offsets->state_size !=
		    offsets->defined_tags + desc->defined_tag_count * sizeof(struct shim_vm_tag) ||
	    offsets->imported_function_count != counts->imported[SHIM_EXTERN_FUNCTION] ||
	    offsets->defined_global_count != desc->defined_global_count)
		return "offsets";
	return NULL;
}

const char *module_problem(const struct shim_module *module)
{
	const struct shim_module_desc *desc = shim_module_desc(module);
	const char *problem = walk_imports(desc);
	struct walk_counts counts;

	if (problem)
		return problem;
	if (!module->borrows_bytes && !names_end(desc))
		return "no NUL";
	counts = walk_count(desc);
	if (desc->flags & SHIM_MODULE_START && desc->start >= counts.kinds[SHIM_EXTERN_FUNCTION])
		return "start";
	problem = walk_defined(desc, &counts);
	if (!problem)
		problem = walk_segments(desc, &counts);
	if (!problem)
		problem = walk_derived(module, &counts);
	return problem;
}
