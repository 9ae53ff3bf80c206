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

static bool is_named(const struct shim_export *export, const char *name, size_t length)
{
	return export->name.length == length &&
	       (!length || !memcmp(export->name.bytes, name, length));
}

/* The place of the export with this name, or the empty one where it would be. */
static inline uint32_t *place_find(const struct shim_module *module, const char *name,
				   uint32_t length, uint64_t hash)
{
	const struct shim_export *exports = module->desc.exports;
	uint32_t tag = (uint32_t)(hash >> 32) & ~NUMBER_MASK;
	uint32_t at = (uint32_t)hash & module->export_mask;

	for (;; at = (at + 1) & module->export_mask) {
		uint32_t *place = &module->export_places[at];

		if (!*place)
			return place;
		if ((*place & ~NUMBER_MASK) == tag &&
		    is_named(&exports[(*place & NUMBER_MASK) - 1], name, length))
			return place;
	}
}

static int table_alloc(struct shim_module *module, uint32_t count)
{
	uint32_t room = 4;

	while (room - room / 4 < count)
		room *= 2;
	module->export_places = shim_arena_alloc(&module->arena, room, sizeof(uint32_t));
	module->export_mask = room - 1;
	return module->export_places ? 0 : -ENOMEM;
}

int shim_exports_finish(struct shim_module *module)
{
	const struct shim_export *exports = module->desc.exports;
	uint32_t count = module->desc.export_count;
	int error = table_alloc(module, count);

	if (error)
		return error;
	shim_salt_get(module->export_salt);
	for (uint32_t i = 0; i < count; i++) {
		const struct shim_name *name = &exports[i].name;
		uint64_t hash = shim_salt_hash(module->export_salt, name->bytes, name->length);
		uint32_t *place = place_find(module, name->bytes, name->length, hash);

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
	uint32_t place;
	uint64_t hash;

	if (!module || !name)
		return NULL;
	if (length == SIZE_MAX)
		length = strlen(name);
	/* A longer name than those of a module can be. */
	if (!module->export_places || length > UINT32_MAX)
		return NULL;
	hash = shim_salt_hash(module->export_salt, name, (uint32_t)length);
	place = *place_find(module, name, (uint32_t)length, hash);
	return place ? &module->desc.exports[(place & NUMBER_MASK) - 1] : NULL;
}
