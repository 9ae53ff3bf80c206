// SPDX-License-Identifier: MIT
/*
 * The exports of a module by name: a hash table of twice as many places as exports or more,
 * so that a search ends at an empty one.
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/error.h"
#include "base/salt.h"
#include "module/lists.h"

struct shim_export_place {
	uint32_t hash;
	uint32_t number; /* the index of the export, plus 1; 0: empty */
};

static bool is_named(const struct shim_export *export, const char *name, size_t length)
{
	return export->name.length == length &&
	       (!length || !memcmp(export->name.bytes, name, length));
}

/* The place of the export with this name, or the empty one where it would be. */
static struct shim_export_place *place_find(const struct shim_module *module, const char *name,
					    uint32_t length, uint32_t hash)
{
	uint32_t at = hash & module->export_mask;

	for (;; at = (at + 1) & module->export_mask) {
		struct shim_export_place *place = &module->export_places[at];

		if (!place->number)
			return place;
		if (place->hash == hash &&
		    is_named(&module->desc.exports[place->number - 1], name, length))
			return place;
	}
}

static int table_alloc(struct shim_module *module, uint32_t count)
{
	uint64_t room = 4;

	while (room < 2 * (uint64_t)count)
		room *= 2;
	/* The hash has 32 bits, and the list of exports is longer than this table. */
	if (room > UINT32_MAX)
		return shim_error_set(-ENOMEM, "no memory for %" PRIu32 " exports", count);
	module->export_places =
		shim_arena_alloc(&module->arena, room, sizeof(*module->export_places));
	module->export_mask = (uint32_t)room - 1;
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
		uint32_t hash =
			(uint32_t)shim_salt_hash(module->export_salt, name->bytes, name->length);
		struct shim_export_place *place =
			place_find(module, name->bytes, name->length, hash);

		if (place->number)
			return shim_error_set(-EINVAL,
					      "export %" PRIu32 " has the name of export %" PRIu32,
					      i, place->number - 1);
		*place = (struct shim_export_place){ hash, i + 1 };
	}
	return 0;
}

const struct shim_export *shim_module_find_export(const struct shim_module *module,
						  const char *name, size_t length)
{
	const struct shim_export_place *place;
	uint32_t hash;

	if (!module || !name)
		return NULL;
	if (length == SIZE_MAX)
		length = strlen(name);
	/* A longer name than those of a module can be. */
	if (!module->export_places || length > UINT32_MAX)
		return NULL;
	hash = (uint32_t)shim_salt_hash(module->export_salt, name, (uint32_t)length);
	place = place_find(module, name, (uint32_t)length, hash);
	return place->number ? &module->desc.exports[place->number - 1] : NULL;
}
