// SPDX-License-Identifier: MIT
/*
 * Bindings: how a module or a snapshot becomes an image, and their references.
 */
#include <errno.h>
#include <stdlib.h>

#include "allocator/binding.h"
#include "base/error.h"
#include "base/pages.h"
#include "instance/state.h"

/* ---- the image of a module ------------------------------------------------------ */

static void memories_fill(struct shim_image_area *areas, const struct shim_area_layout *layout,
			  const struct shim_module *module)
{
	for (uint32_t i = 0; i < module->desc.defined_memory_count; i++) {
		const struct shim_static_image *content = shim_module_defined_image(module, i);
		struct shim_image_area *area = &areas[layout->memory + i];
		uint64_t length = shim_memory_minimum(&module->desc.defined_memories[i]);

		area->limit = shim_page_round_up(length, layout->page_size);
		if (!content)
			continue;
		area->source = content->bytes;
		area->length = content->length;
		area->offset = content->offset;
	}
}

static void tables_fill(struct shim_image_area *areas, const struct shim_area_layout *layout,
			const struct shim_binding *binding)
{
	const struct shim_module_desc *desc = &binding->module->desc;

	for (uint32_t i = 0; i < desc->defined_table_count; i++) {
		uint64_t end = shim_area_layout_table_end(layout, binding->table_offsets[i],
							  desc->defined_tables[i].minimum);

		if (areas[layout->tables].limit < end)
			areas[layout->tables].limit = end;
	}
}

static int image_create(struct shim_pool *pool, const struct shim_area_layout *layout,
			struct shim_binding *binding)
{
	const struct shim_module *module = binding->module;
	struct shim_image_area areas[SHIM_MAX_AREAS] = { 0 };

	memories_fill(areas, layout, module);
	tables_fill(areas, layout, binding);
	areas[layout->state].limit =
		shim_page_round_up(shim_instance_size(module), layout->page_size);
	if (layout->stack != SHIM_INDEX_NONE)
		areas[layout->stack].limit = layout->pool.areas[layout->stack].max;
	return shim_image_create(pool, module->id, areas, layout->pool.area_count, &binding->image);
}

/* ---- bindings --------------------------------------------------------------------- */

/* A binding without its image. */
static struct shim_binding *binding_alloc(const struct shim_area_layout *layout,
					  struct shim_module *module)
{
	const struct shim_module_desc *desc = &module->desc;
	struct shim_binding *binding = calloc(
		1, sizeof(*binding) + desc->defined_table_count * sizeof(*binding->table_offsets));

	if (!binding) {
		shim_error_set(-ENOMEM, "no memory for a module's image");
		return NULL;
	}
	binding->module_id = module->id;
	binding->module = module;
	shim_module_get(module);
	shim_area_layout_place(layout, desc, binding->table_offsets);
	atomic_init(&binding->references, 1);
	atomic_init(&binding->purged, false);
	return binding;
}

static void binding_free(struct shim_binding *binding)
{
	shim_module_put(binding->module);
	free(binding->snapshot);
	free(binding);
}

int shim_binding_create(struct shim_pool *pool, const struct shim_area_layout *layout,
			struct shim_module *module, struct shim_binding **out)
{
	struct shim_binding *binding = binding_alloc(layout, module);
	int error;

	if (!binding)
		return -ENOMEM;
	error = image_create(pool, layout, binding);
	if (error)
		goto free_binding;
	*out = binding;
	return 0;
free_binding:
	binding_free(binding);
	return error;
}

int shim_binding_create_snapshot(struct shim_pool *pool, const struct shim_area_layout *layout,
				 struct shim_module *module, uint32_t slot,
				 struct shim_snapshot *snapshot, struct shim_binding **out)
{
	struct shim_binding *binding = binding_alloc(layout, module);
	int error;

	if (!binding) {
		free(snapshot);
		return -ENOMEM;
	}
	binding->snapshot = snapshot;
	error = shim_image_snapshot(pool, module->id, slot, &binding->image);
	if (error)
		goto free_binding;
	*out = binding;
	return 0;
free_binding:
	binding_free(binding);
	return error;
}

void shim_binding_get(struct shim_binding *binding)
{
	/* There is a reference already, so the count orders nothing. */
	atomic_fetch_add_explicit(&binding->references, 1, memory_order_relaxed);
}

void shim_binding_put(struct shim_binding *binding)
{
	if (!binding)
		return;
	/* Release: our reads are over. Acquire: those of all others are too. */
	if (atomic_fetch_sub_explicit(&binding->references, 1, memory_order_acq_rel) == 1)
		binding_free(binding);
}

void shim_binding_drop(struct shim_pool *pool, struct shim_binding *binding)
{
	/* The pool has an image of this id; if it cannot drop it, the image goes with it. */
	int error = shim_image_destroy(pool, binding->image);

	(void)error;
	shim_binding_put(binding);
}
