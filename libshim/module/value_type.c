// SPDX-License-Identifier: MIT
/*
 * Types of values. A look at one takes no longer than the longest chain of supertypes,
 * which is limited.
 */
#include <inttypes.h>
#include <stdio.h>

#include "module/value_type.h"

/* The abstract type that is right above one; 0: none is. */
static uint32_t abstract_above(uint32_t code)
{
	switch (code) {
	case SHIM_TYPE_EQREF:
		return SHIM_TYPE_ANYREF;
	case SHIM_TYPE_I31REF:
	case SHIM_TYPE_STRUCTREF:
	case SHIM_TYPE_ARRAYREF:
		return SHIM_TYPE_EQREF;
	default:
		return 0;
	}
}

/* The highest type of a hierarchy, by its lowest; 0: it is not a lowest one. */
static uint32_t top_of_bottom(uint32_t code)
{
	switch (code) {
	case SHIM_TYPE_NULLREF:
		return SHIM_TYPE_ANYREF;
	case SHIM_TYPE_NULLFUNCREF:
		return SHIM_TYPE_FUNCREF;
	case SHIM_TYPE_NULLEXTERNREF:
		return SHIM_TYPE_EXTERNREF;
	case SHIM_TYPE_NULLEXNREF:
		return SHIM_TYPE_EXNREF;
	default:
		return 0;
	}
}

static bool abstract_matches(uint32_t code, uint32_t asked)
{
	uint32_t top = top_of_bottom(code);

	if (code == asked)
		return true;
	if (!top) {
		for (code = abstract_above(code); code; code = abstract_above(code))
			if (code == asked)
				return true;
		return false;
	}
	/* A lowest type is below all that are below its highest one. */
	while (asked && asked != top)
		asked = abstract_above(asked);
	return asked == top;
}

/* The abstract type right above a type of the module. */
static uint32_t kind_above(const struct shim_module *module, uint32_t index)
{
	switch (module->desc.types[index].kind) {
	case SHIM_KIND_STRUCT:
		return SHIM_TYPE_STRUCTREF;
	case SHIM_KIND_ARRAY:
		return SHIM_TYPE_ARRAYREF;
	default:
		return SHIM_TYPE_FUNCREF;
	}
}

static uint32_t kind_below(const struct shim_module *module, uint32_t index)
{
	return module->desc.types[index].kind == SHIM_KIND_FUNCTION ? SHIM_TYPE_NULLFUNCREF :
								      SHIM_TYPE_NULLREF;
}

static bool concrete_matches(const struct shim_module *module, uint32_t index, uint32_t asked)
{
	for (;;) {
		const struct shim_type *type = &module->desc.types[index];

		if (module->type_ids[index] == module->type_ids[asked])
			return true;
		if (!(type->flags & SHIM_TYPE_SUB))
			return false;
		index = type->supertype;
	}
}

static bool heap_matches(const struct shim_module *module, uint32_t type, uint32_t asked)
{
	uint32_t code = type & ~SHIM_TYPE_NON_NULL, asked_code = asked & ~SHIM_TYPE_NON_NULL;

	if (shim_is_concrete(type) && shim_is_concrete(asked))
		return concrete_matches(module, shim_type_index(type), shim_type_index(asked));
	if (shim_is_concrete(type))
		return abstract_matches(kind_above(module, shim_type_index(type)), asked_code);
	if (shim_is_concrete(asked))
		return code == kind_below(module, shim_type_index(asked));
	return abstract_matches(code, asked_code);
}

bool shim_type_matches(const struct shim_module *module, uint32_t type, uint32_t asked)
{
	if (type == asked)
		return true;
	if (!shim_is_reference(type) || !shim_is_reference(asked))
		return false;
	if (asked & SHIM_TYPE_NON_NULL && !(type & SHIM_TYPE_NON_NULL))
		return false;
	return heap_matches(module, type, asked);
}

bool shim_reference_is_valid(const struct shim_module *module, uint32_t type)
{
	if (shim_is_concrete(type))
		return shim_type_index(type) < module->type_end;
	return shim_is_reference(type);
}

bool shim_value_type_is_valid(const struct shim_module *module, uint32_t type)
{
	return (type >= SHIM_TYPE_V128 && type <= SHIM_TYPE_I32) ||
	       shim_reference_is_valid(module, type);
}

bool shim_is_function_reference(const struct shim_module *module, uint32_t type)
{
	return shim_is_reference(type) &&
	       heap_matches(module, type & ~SHIM_TYPE_NON_NULL, SHIM_TYPE_FUNCREF);
}

const char *shim_type_text(uint32_t type, char text[SHIM_TYPE_TEXT])
{
	if (shim_is_concrete(type))
		snprintf(text, SHIM_TYPE_TEXT, "(ref %s%" PRIu32 ")",
			 type & SHIM_TYPE_NON_NULL ? "" : "null ", shim_type_index(type));
	else if (type & SHIM_TYPE_NON_NULL)
		snprintf(text, SHIM_TYPE_TEXT, "(ref 0x%02" PRIx32 ")", type & ~SHIM_TYPE_NON_NULL);
	else
		snprintf(text, SHIM_TYPE_TEXT, "0x%02" PRIx32, type);
	return text;
}
