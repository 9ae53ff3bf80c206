/* SPDX-License-Identifier: MIT */
/*
 * Types of values, as struct shim_module_desc has them, and which of them a value of
 * another type may stand for.
 */
#ifndef SHIM_VALUE_TYPE_H
#define SHIM_VALUE_TYPE_H

#include "module/module.h"

#define SHIM_INDEX_BITS (SHIM_TYPE_NON_NULL - 1)

static inline bool shim_is_concrete(uint32_t type)
{
	return type & SHIM_TYPE_INDEX;
}

static inline uint32_t shim_type_index(uint32_t type)
{
	return type & SHIM_INDEX_BITS;
}

static inline bool shim_is_reference(uint32_t type)
{
	uint32_t code = type & ~SHIM_TYPE_NON_NULL;

	return shim_is_concrete(type) || (code >= SHIM_TYPE_EXNREF && code <= SHIM_TYPE_NULLEXNREF);
}

/* Whether null or zero is a value of the type. */
static inline bool shim_is_defaultable(uint32_t type)
{
	return !(type & SHIM_TYPE_NON_NULL);
}

/* The type of a field's value on the stack. */
static inline uint32_t shim_unpacked(uint32_t type)
{
	return type == SHIM_TYPE_I8 || type == SHIM_TYPE_I16 ? (uint32_t)SHIM_TYPE_I32 : type;
}

/* Whether it is a type of the module, of values or of references. */
bool shim_value_type_is_valid(const struct shim_module *module, uint32_t type);
bool shim_reference_is_valid(const struct shim_module *module, uint32_t type);

/* Whether a value of the type may stand where one of the other is asked for. */
bool shim_type_matches(const struct shim_module *module, uint32_t type, uint32_t asked);

/* Whether it is a reference to functions, of whatever type. */
bool shim_is_function_reference(const struct shim_module *module, uint32_t type);

/* The type for a message: "0x7f", "(ref 0x70)", "(ref null 3)". Returns text. */
#define SHIM_TYPE_TEXT 24
const char *shim_type_text(uint32_t type, char text[SHIM_TYPE_TEXT]);

#endif /* SHIM_VALUE_TYPE_H */
