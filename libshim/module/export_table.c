// SPDX-License-Identifier: MIT
/*
 * The exports of a module by name: a hash table, no more than three quarters of whose places
 * are taken, so that a search ends at an empty one.
 *
 * A place has the index of an export, plus 1, and above it a few bits of the hash that say nothing
 * of where the place is. 0: it is empty.
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/error.h"
#include "base/salt.h"
#include "module/limits.h"
#include "module/lists.h"

#define NUMBER_BITS 20
#define NUMBER_MASK ((1u << NUMBER_BITS) - 1)

_Static_assert(SHIM_MOST_ITEMS <= NUMBER_MASK, "a place has the number of each export");

/* What a search needs of a module, in which calls in between may change nothing. */
struct table {
	const struct shim_export *exports;
	uint32_t *first;
	uint32_t *end;
	uint64_t room;
};

static inline struct table table_of(const struct shim_module *module)
{
	return (struct table){
		.exports = module->desc.exports,
		.first = module->export_places,
		.end = module->export_places + module->export_room,
		.room = module->export_room,
	};
}

static bool is_named(const struct shim_export *export, const struct shim_name *name)
{
	return export->name.length == name->length &&
	       (!name->length || !memcmp(export->name.bytes, name->bytes, name->length));
}

/* The place of the export with this name, or the empty one where it would be. */
static inline uint32_t *place_find(const struct table *table, const struct shim_name *name,
				   uint64_t hash)
{
	uint32_t tag = (uint32_t)(hash >> 32) & ~NUMBER_MASK;
	uint32_t *place = table->first + ((hash & UINT32_MAX) * table->room >> 32);

	while (*place) {
		if ((*place & ~NUMBER_MASK) == tag &&
		    is_named(&table->exports[(*place & NUMBER_MASK) - 1], name))
			break;
		if (++place == table->end)
			place = table->first;
	}
	return place;
}

static int table_alloc(struct shim_module *module, uint32_t count)
{
	uint32_t room = count + count / 3 + 1;

	module->export_places = shim_arena_alloc(&module->arena, room, sizeof(uint32_t));
	module->export_room = room;
	return module->export_places ? 0 : -ENOMEM;
}

int shim_exports_finish(struct shim_module *module)
{
	const struct shim_export *exports = module->desc.exports;
	uint32_t count = module->desc.export_count;
	int error = table_alloc(module, count);
	struct table table;

	if (error)
		return error;
	table = table_of(module);
	shim_salt_get(module->export_salt);
	for (uint32_t i = 0; i < count; i++) {
		const struct shim_name *name = &exports[i].name;
		uint64_t hash = shim_salt_hash(module->export_salt, name->bytes, name->length);
		uint32_t *place = place_find(&table, name, hash);

		if (*place)
			return shim_error_set(-EINVAL,
					      "export %" PRIu32 " has the name of export %" PRIu32,
					      i, (*place & NUMBER_MASK) - 1);
		*place = ((uint32_t)(hash >> 32) & ~NUMBER_MASK) | (i + 1);
	}
	return 0;
}

const struct shim_export *shim_module_find_export(const struct shim_module *module,
						  const char *name, size_t length)
{
	struct shim_name wanted;
	struct table table;
	uint32_t place;
	uint64_t hash;

	if (!module || !name)
		return NULL;
	if (length == SIZE_MAX)
		length = strlen(name);
	/* A longer name than those of a module can be. */
	if (!module->export_places || length > UINT32_MAX)
		return NULL;
	wanted = (struct shim_name){ name, (uint32_t)length };
	table = table_of(module);
	hash = shim_salt_hash(module->export_salt, name, (uint32_t)length);
	place = *place_find(&table, &wanted, hash);
	return place ? &module->desc.exports[(place & NUMBER_MASK) - 1] : NULL;
}
