// SPDX-License-Identifier: MIT
/*
 * Types of functions, structs and arrays. A type may refer to all types of its recursive
 * group, so a group is compared with others, and its types with their supertypes, when it
 * is whole.
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/error.h"
#include "module/limits.h"
#include "module/type_ids.h"
#include "module/types.h"
#include "module/value_type.h"

/* ---- a type by itself ---------------------------------------------------------- */

static int value_types_check(const struct shim_module *module, const uint32_t *types,
			     uint32_t count, const char *what)
{
	char text[SHIM_TYPE_TEXT];

	if (count > SHIM_MOST_PARAMS)
		return shim_error_set(-EOPNOTSUPP, "more than %u %ss", SHIM_MOST_PARAMS, what);
	for (uint32_t i = 0; i < count; i++)
		if (!shim_value_type_is_valid(module, types[i]))
			return shim_error_set(-EINVAL, "%s %" PRIu32 ": type %s is no value type",
					      what, i, shim_type_text(types[i], text));
	return 0;
}

static int field_check(const struct shim_module *module, const struct shim_field *field)
{
	char text[SHIM_TYPE_TEXT];

	if (!shim_value_type_is_valid(module, shim_unpacked(field->type)))
		return shim_error_set(-EINVAL, "type %s is no value type and not packed",
				      shim_type_text(field->type, text));
	if (field->is_mutable > 1)
		return shim_error_set(-EINVAL, "mutability %" PRIu32 " is not 0 or 1",
				      field->is_mutable);
	return 0;
}

static int fields_check(const struct shim_module *module, const struct shim_type *type)
{
	int error;

	if (type->kind == SHIM_KIND_ARRAY && type->field_count != 1)
		return shim_error_set(-EINVAL, "an array of %" PRIu32 " fields, must be 1",
				      type->field_count);
	error = shim_limit_check(type->field_count, SHIM_MOST_FIELDS, "fields");
	if (error)
		return error;
	for (uint32_t i = 0; i < type->field_count; i++) {
		error = field_check(module, &type->fields[i]);
		if (error)
			return shim_error_prefix(error, "field %" PRIu32 ": ", i);
	}
	return 0;
}

static int supertype_check(const struct shim_module *module, uint32_t index)
{
	const struct shim_type *type = &module->desc.types[index];
	char text[SHIM_TYPE_TEXT];

	if (type->flags & ~(SHIM_TYPE_OPEN | SHIM_TYPE_SUB))
		return shim_error_set(-EINVAL, "flags 0x%" PRIx32 " have unknown bits",
				      type->flags);
	if (!(type->flags & SHIM_TYPE_SUB) || type->supertype < index)
		return 0;
	return shim_error_set(-EINVAL, "supertype %s is not before it",
			      shim_type_text(SHIM_TYPE_INDEX | type->supertype, text));
}

/* Where a group begins, its types may refer to each other from then on. */
static int group_begin(struct shim_module *module, uint32_t index)
{
	uint32_t count = module->desc.types[index].group_count;

	if (index < module->type_end)
		return !count ? 0 :
				shim_error_set(-EINVAL, "a group of %" PRIu32 " inside of another",
					       count);
	if (!count)
		count = 1;
	if (count > SHIM_INDEX_BITS - index)
		return shim_error_set(-EINVAL, "a group of %" PRIu32 " types is over %" PRIu32,
				      count, SHIM_INDEX_BITS - index);
	module->type_end = index + count;
	return 0;
}

int shim_type_check(struct shim_module *module, uint32_t index)
{
	const struct shim_type *type = &module->desc.types[index];
	int error = group_begin(module, index);

	if (error)
		return error;
	error = supertype_check(module, index);
	if (error)
		return error;
	if (type->kind > SHIM_KIND_ARRAY)
		return shim_error_set(-EINVAL, "kind %" PRIu32 " is not one of 0..2", type->kind);
	if (type->reserved)
		return shim_error_set(-EINVAL, "reserved is not 0");
	if (type->kind == SHIM_KIND_FUNCTION ? type->field_count != 0 :
					       type->param_count || type->result_count)
		return shim_error_set(-EINVAL, "has what its kind does not have");
	if (type->kind != SHIM_KIND_FUNCTION)
		return fields_check(module, type);
	error = value_types_check(module, type->params, type->param_count, "param");
	if (error)
		return error;
	return value_types_check(module, type->results, type->result_count, "result");
}

/* ---- a type and its supertype ------------------------------------------------------ */

static bool field_matches(const struct shim_module *module, const struct shim_field *field,
			  const struct shim_field *asked)
{
	if (field->is_mutable != asked->is_mutable)
		return false;
	if (!shim_type_matches(module, field->type, asked->type))
		return false;
	/* What may be written has to be of the same type. */
	return !field->is_mutable || shim_type_matches(module, asked->type, field->type);
}

static bool fields_match(const struct shim_module *module, const struct shim_type *type,
			 const struct shim_type *asked)
{
	if (type->field_count < asked->field_count)
		return false;
	for (uint32_t i = 0; i < asked->field_count; i++)
		if (!field_matches(module, &type->fields[i], &asked->fields[i]))
			return false;
	return true;
}

static bool function_matches(const struct shim_module *module, const struct shim_type *type,
			     const struct shim_type *asked)
{
	if (type->param_count != asked->param_count || type->result_count != asked->result_count)
		return false;
	for (uint32_t i = 0; i < type->param_count; i++)
		if (!shim_type_matches(module, asked->params[i], type->params[i]))
			return false;
	for (uint32_t i = 0; i < type->result_count; i++)
		if (!shim_type_matches(module, type->results[i], asked->results[i]))
			return false;
	return true;
}

/* It takes no longer than the type is long: the supertype has no more fields. */
static bool definition_matches(const struct shim_module *module, const struct shim_type *type,
			       const struct shim_type *asked)
{
	if (type->kind != asked->kind)
		return false;
	if (type->kind == SHIM_KIND_FUNCTION)
		return function_matches(module, type, asked);
	return fields_match(module, type, asked);
}

static int subtype_check(const struct shim_module *module, const struct shim_type *type)
{
	const struct shim_type *above;

	if (!(type->flags & SHIM_TYPE_SUB))
		return 0;
	above = &module->desc.types[type->supertype];
	if (!(above->flags & SHIM_TYPE_OPEN))
		return shim_error_set(-EINVAL, "supertype %" PRIu32 " is final", type->supertype);
	if (definition_matches(module, type, above))
		return 0;
	return shim_error_set(-EINVAL, "does not match supertype %" PRIu32, type->supertype);
}

/* ---- groups ------------------------------------------------------------------------ */

int shim_types_reserve(struct shim_module *module, uint32_t count)
{
	uint32_t room = count, had = module->type_id_count;
	struct shim_type_fact *facts;
	uint32_t *ids;

	if (count <= module->type_room && module->type_ids)
		return 0;
	/* Twice as much as there was, so that growing copies each item a few times at most. */
	if (module->type_room > room / 2 && module->type_room < UINT32_MAX / 2)
		room = 2 * module->type_room;
	ids = shim_arena_alloc(&module->arena, room, sizeof(*ids));
	facts = ids ? shim_arena_alloc(&module->arena, room, sizeof(*facts)) : NULL;
	if (!facts)
		return -ENOMEM;
	if (had) {
		memcpy(ids, module->type_ids, had * sizeof(*ids));
		memcpy(facts, module->type_facts, had * sizeof(*facts));
	}
	module->type_ids = ids;
	module->type_facts = facts;
	module->type_room = room;
	return 0;
}

static bool fields_are_defaultable(const struct shim_type *type)
{
	if (type->kind == SHIM_KIND_FUNCTION)
		return false;
	for (uint32_t i = 0; i < type->field_count; i++)
		if (!shim_is_defaultable(type->fields[i].type))
			return false;
	return true;
}

static int fact_init(struct shim_module *module, uint32_t index)
{
	const struct shim_type *type = &module->desc.types[index];
	struct shim_type_fact *fact = &module->type_facts[index];

	fact->is_defaultable = fields_are_defaultable(type);
	fact->depth = 0;
	if (!(type->flags & SHIM_TYPE_SUB))
		return 0;
	fact->depth = module->type_facts[type->supertype].depth + 1;
	if (fact->depth <= SHIM_TYPE_DEPTH)
		return 0;
	return shim_error_set(-EOPNOTSUPP, "type %" PRIu32 ": more than %d supertypes above it",
			      index, SHIM_TYPE_DEPTH);
}

/* No two types are compared before all chains of supertypes are known to be short. */
static int group_finish(struct shim_module *module, uint32_t first, uint32_t count)
{
	int error = shim_types_reserve(module, first + count);

	if (error)
		return error;
	for (uint32_t i = first; i < first + count; i++) {
		error = fact_init(module, i);
		if (error)
			return error;
	}
	error = shim_type_ids_get(module, count);
	if (error)
		return error;
	for (uint32_t i = first; i < first + count; i++) {
		error = subtype_check(module, &module->desc.types[i]);
		if (error)
			return shim_error_prefix(error, "type %" PRIu32 ": ", i);
	}
	return 0;
}

/*
 * All types of whole groups have an id, so the first that has none is the first of the
 * group of index.
 */
int shim_type_follow(struct shim_module *module, uint32_t index)
{
	if (index + 1 < module->type_end)
		return 0;
	return group_finish(module, module->type_id_count, index + 1 - module->type_id_count);
}

int shim_types_finish(struct shim_module *module)
{
	uint32_t first = module->type_id_count, count = module->desc.type_count;

	if (module->type_end == count)
		return 0;
	return shim_error_set(-EINVAL,
			      "type %" PRIu32 ": a group of %" PRIu32 " types, %" PRIu32
			      " are there",
			      first, module->type_end - first, count - first);
}
