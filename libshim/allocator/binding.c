// SPDX-License-Identifier: MIT
/*
 * Bindings: the table of them, and how a module becomes an image.
 */
#include <errno.h>
#include <stdlib.h>

#include "allocator/binding.h"
#include "base/error.h"
#include "base/pages.h"
#include "instance/state.h"

#define FIRST_BUCKETS 16

/* ---- the image of a module ------------------------------------------------------ */

/* The limits of a new instance, and what its memories start with. */
static int image_create(struct shim_binding_table *table, struct shim_binding *binding)
{
	const struct shim_area_layout *layout = table->layout;
	uint64_t page_size = layout->page_size;
	const struct shim_module *module = binding->module;
	struct shim_image_area image[SHIM_MAX_AREAS] = { 0 };
	uint32_t at;

	for (uint32_t i = 0; i < module->desc.memory_count; i++) {
		const struct shim_static_image *content = shim_module_image(module, i);

		at = layout->memory + i;
		image[at].limit = shim_page_round_up(shim_memory_minimum(&module->desc.memories[i]),
						     page_size);
		if (!content)
			continue;
		image[at].source = content->bytes;
		image[at].length = content->length;
		image[at].offset = content->offset;
	}
	for (uint32_t i = 0; i < module->desc.table_count; i++) {
		at = layout->table + i;
		image[at].limit = shim_page_round_up(
			module->desc.tables[i].minimum * sizeof(void *), page_size);
	}
	at = layout->state;
	image[at].limit = shim_page_round_up(shim_instance_size(module), page_size);
	if (layout->stack != SHIM_NO_INDEX)
		image[layout->stack].limit = layout->pool.areas[layout->stack].max;
	return shim_image_create(table->pool, binding->module_id, image, layout->pool.area_count,
				 &binding->image);
}

static void binding_free(struct shim_binding *binding)
{
	shim_module_put(binding->module);
	free(binding->snapshot);
	free(binding);
}

/* Without its image. */
static struct shim_binding *binding_alloc(struct shim_module *module)
{
	struct shim_binding *binding = calloc(1, sizeof(*binding));

	if (!binding) {
		shim_error_set(-ENOMEM, "no memory for a module's image");
		return NULL;
	}
	binding->module_id = module->id;
	binding->module = module;
	shim_module_get(module);
	atomic_init(&binding->references, 1);
	atomic_init(&binding->purged, false);
	return binding;
}

static int binding_create(struct shim_binding_table *table, struct shim_module *module,
			  struct shim_binding **out)
{
	struct shim_binding *binding = binding_alloc(module);
	int error;

	if (!binding)
		return -ENOMEM;
	error = image_create(table, binding);
	if (error)
		binding_free(binding);
	else
		*out = binding;
	return error;
}

void shim_binding_put(struct shim_binding *binding)
{
	if (!binding)
		return;
	if (atomic_fetch_sub_explicit(&binding->references, 1, memory_order_acq_rel) == 1)
		binding_free(binding);
}

/* Drops an image whose id is known to be in the pool, so this cannot fail. */
static void image_drop(struct shim_binding_table *table, struct shim_binding *binding)
{
	int error = shim_image_destroy(table->pool, binding->image);

	(void)error;
}

/* ---- the table ------------------------------------------------------------------- */

void shim_binding_table_init(struct shim_binding_table *table, struct shim_pool *pool,
			     const struct shim_area_layout *layout)
{
	pthread_mutex_init(&table->lock, NULL);
	table->buckets = NULL;
	table->bucket_count = 0;
	table->count = 0;
	table->pool = pool;
	table->layout = layout;
}

void shim_binding_table_uninit(struct shim_binding_table *table)
{
	for (uint32_t i = 0; i < table->bucket_count; i++)
		while (table->buckets[i]) {
			struct shim_binding *binding = table->buckets[i];

			table->buckets[i] = binding->next;
			shim_binding_put(binding);
		}
	free(table->buckets);
	pthread_mutex_destroy(&table->lock);
}

uint32_t shim_binding_table_count(struct shim_binding_table *table)
{
	uint32_t count;

	pthread_mutex_lock(&table->lock);
	count = table->count;
	pthread_mutex_unlock(&table->lock);
	return count;
}

static struct shim_binding **bucket_of(struct shim_binding_table *table, uint64_t id)
{
	uint64_t hash = id * UINT64_C(0x9e3779b97f4a7c15);

	return &table->buckets[hash >> 32 & (table->bucket_count - 1)];
}

/* Where the link to the module's binding is; *link is NULL if there is none. */
static struct shim_binding **link_find(struct shim_binding_table *table, uint64_t id)
{
	struct shim_binding **link;

	if (!table->bucket_count)
		return NULL;
	link = bucket_of(table, id);
	while (*link && (*link)->module_id != id)
		link = &(*link)->next;
	return *link ? link : NULL;
}

/* Keeps as many buckets as bindings; with less it works too, but for none. */
static bool table_grow(struct shim_binding_table *table)
{
	struct shim_binding **old = table->buckets, **buckets;
	uint32_t old_count = table->bucket_count;
	uint32_t count = old_count ? old_count * 2 : FIRST_BUCKETS;

	if (table->count < old_count)
		return true;
	buckets = calloc(count, sizeof(struct shim_binding *));
	if (!buckets)
		return old_count > 0;
	table->buckets = buckets;
	table->bucket_count = count;
	for (uint32_t i = 0; i < old_count; i++)
		while (old[i]) {
			struct shim_binding *binding = old[i];
			struct shim_binding **to = bucket_of(table, binding->module_id);

			old[i] = binding->next;
			binding->next = *to;
			*to = binding;
		}
	free(old);
	return true;
}

static struct shim_binding *table_find(struct shim_binding_table *table, uint64_t id)
{
	struct shim_binding **link = link_find(table, id);

	if (!link)
		return NULL;
	atomic_fetch_add_explicit(&(*link)->references, 1, memory_order_relaxed);
	return *link;
}

struct shim_binding *shim_binding_find(struct shim_binding_table *table, uint64_t module_id)
{
	struct shim_binding *binding;

	pthread_mutex_lock(&table->lock);
	binding = table_find(table, module_id);
	pthread_mutex_unlock(&table->lock);
	return binding;
}

static void table_insert(struct shim_binding_table *table, struct shim_binding *binding)
{
	struct shim_binding **bucket = bucket_of(table, binding->module_id);

	binding->next = *bucket;
	*bucket = binding;
	table->count++;
}

/* Takes the module's binding out, with the table's reference; NULL: there is none. */
static struct shim_binding *table_remove(struct shim_binding_table *table, uint64_t id)
{
	struct shim_binding **link = link_find(table, id), *binding;

	if (!link)
		return NULL;
	binding = *link;
	*link = binding->next;
	table->count--;
	atomic_store(&binding->purged, true);
	return binding;
}

/*
 * Puts a new binding in, with a reference of the table's, or finds that another
 * thread was faster and gives that one.
 */
static int table_add(struct shim_binding_table *table, struct shim_binding *binding,
		     struct shim_binding **out)
{
	int error = 0;

	pthread_mutex_lock(&table->lock);
	*out = table_find(table, binding->module_id);
	if (!*out && !table_grow(table))
		error = shim_error_set(-ENOMEM, "no memory for a table of modules");
	if (!*out && !error) {
		table_insert(table, binding);
		atomic_fetch_add_explicit(&binding->references, 1, memory_order_relaxed);
		*out = binding;
	}
	pthread_mutex_unlock(&table->lock);
	return error;
}

int shim_binding_get(struct shim_binding_table *table, struct shim_module *module,
		     struct shim_binding **out)
{
	struct shim_binding *binding = NULL;
	int error;

	*out = shim_binding_find(table, module->id);
	if (*out)
		return 0;
	/* Copying an image may take long: not with the lock held. */
	error = binding_create(table, module, &binding);
	if (error)
		return error;
	error = table_add(table, binding, out);
	if (error || *out != binding) {
		image_drop(table, binding);
		shim_binding_put(binding);
	}
	return error;
}

static void binding_drop(struct shim_binding_table *table, struct shim_binding *binding)
{
	if (!binding)
		return;
	image_drop(table, binding);
	shim_binding_put(binding);
}

void shim_binding_purge(struct shim_binding_table *table, uint64_t module_id)
{
	struct shim_binding *binding;

	pthread_mutex_lock(&table->lock);
	binding = table_remove(table, module_id);
	pthread_mutex_unlock(&table->lock);
	binding_drop(table, binding);
}

int shim_binding_snapshot(struct shim_binding_table *table, struct shim_module *module,
			  uint32_t slot, struct shim_snapshot *snapshot)
{
	struct shim_binding *binding = binding_alloc(module), *old = NULL;
	int error;

	if (!binding) {
		free(snapshot);
		return -ENOMEM;
	}
	binding->snapshot = snapshot;
	error = shim_image_snapshot(table->pool, module->id, slot, &binding->image);
	if (error) {
		shim_binding_put(binding);
		return error;
	}
	pthread_mutex_lock(&table->lock);
	if (table_grow(table)) {
		old = table_remove(table, module->id);
		table_insert(table, binding);
	} else {
		error = shim_error_set(-ENOMEM, "no memory for a table of modules");
		old = binding;
	}
	pthread_mutex_unlock(&table->lock);
	binding_drop(table, old);
	return error;
}
