// SPDX-License-Identifier: MIT
/*
 * The table of bindings: a hash table under one lock.
 *
 * Images are made and dropped without the lock, as that may take long. Of two threads
 * that make the binding of a module at the same time one finds the other's in the
 * table, and drops its own.
 */
#include <errno.h>
#include <stdlib.h>

#include "allocator/binding_table.h"
#include "base/error.h"

#define FIRST_BUCKETS 16

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

/* ---- with the lock held ----------------------------------------------------------- */

static struct shim_binding **bucket_of(struct shim_binding_table *table, uint64_t id)
{
	uint64_t hash = id * UINT64_C(0x9e3779b97f4a7c15);

	return &table->buckets[hash >> 32 & (table->bucket_count - 1)];
}

/* The pointer to the module's binding; NULL if there is none. */
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

static struct shim_binding *table_find(struct shim_binding_table *table, uint64_t id)
{
	struct shim_binding **link = link_find(table, id);

	if (!link)
		return NULL;
	shim_binding_get(*link);
	return *link;
}

static void buckets_move(struct shim_binding_table *table, struct shim_binding **from,
			 uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		while (from[i]) {
			struct shim_binding *binding = from[i];
			struct shim_binding **to = bucket_of(table, binding->module_id);

			from[i] = binding->next;
			binding->next = *to;
			*to = binding;
		}
}

/*
 * Keeps as many buckets as bindings. Fewer do as well, so only the first buckets have
 * to be there: -ENOMEM.
 */
static int table_grow(struct shim_binding_table *table)
{
	struct shim_binding **old = table->buckets, **buckets;
	uint32_t old_count = table->bucket_count;
	uint32_t count = old_count ? old_count * 2 : FIRST_BUCKETS;

	if (table->count < old_count)
		return 0;
	buckets = calloc(count, sizeof(struct shim_binding *));
	if (!buckets && old_count)
		return 0;
	if (!buckets)
		return shim_error_set(-ENOMEM, "no memory for a table of modules");
	table->buckets = buckets;
	table->bucket_count = count;
	buckets_move(table, old, old_count);
	free(old);
	return 0;
}

static void table_insert(struct shim_binding_table *table, struct shim_binding *binding)
{
	struct shim_binding **bucket = bucket_of(table, binding->module_id);

	binding->next = *bucket;
	*bucket = binding;
	table->count++;
}

/* Takes the module's binding out; its reference is the caller's. NULL: there is none. */
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

/* ---- the operations ----------------------------------------------------------------- */

struct shim_binding *shim_binding_table_find(struct shim_binding_table *table, uint64_t module_id)
{
	struct shim_binding *binding;

	pthread_mutex_lock(&table->lock);
	binding = table_find(table, module_id);
	pthread_mutex_unlock(&table->lock);
	return binding;
}

/*
 * Inserts a new binding, with a reference of the table's own, unless the table has one
 * of its module. *out is a reference to the binding that the table has then.
 */
static int table_add(struct shim_binding_table *table, struct shim_binding *binding,
		     struct shim_binding **out)
{
	int error = 0;

	pthread_mutex_lock(&table->lock);
	*out = table_find(table, binding->module_id);
	if (*out)
		goto unlock;
	error = table_grow(table);
	if (error)
		goto unlock;
	table_insert(table, binding);
	shim_binding_get(binding);
	*out = binding;
unlock:
	pthread_mutex_unlock(&table->lock);
	return error;
}

int shim_binding_table_get(struct shim_binding_table *table, struct shim_module *module,
			   struct shim_binding **out)
{
	struct shim_binding *binding;
	int error;

	*out = shim_binding_table_find(table, module->id);
	if (*out)
		return 0;
	error = shim_binding_create(table->pool, table->layout, module, &binding);
	if (error)
		return error;
	error = table_add(table, binding, out);
	if (*out != binding)
		shim_binding_drop(table->pool, binding);
	return error;
}

int shim_binding_table_snapshot(struct shim_binding_table *table, struct shim_module *module,
				uint32_t slot, struct shim_snapshot *snapshot)
{
	struct shim_binding *binding, *old;
	int error = shim_binding_create_snapshot(table->pool, table->layout, module, slot, snapshot,
						 &binding);

	if (error)
		return error;
	pthread_mutex_lock(&table->lock);
	error = table_grow(table);
	if (error)
		goto unlock;
	old = table_remove(table, module->id);
	table_insert(table, binding);
	pthread_mutex_unlock(&table->lock);
	if (old)
		shim_binding_drop(table->pool, old);
	return 0;
unlock:
	pthread_mutex_unlock(&table->lock);
	shim_binding_drop(table->pool, binding);
	return error;
}

void shim_binding_table_purge(struct shim_binding_table *table, uint64_t module_id)
{
	struct shim_binding *binding;

	pthread_mutex_lock(&table->lock);
	binding = table_remove(table, module_id);
	pthread_mutex_unlock(&table->lock);
	if (binding)
		shim_binding_drop(table->pool, binding);
}
