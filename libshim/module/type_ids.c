// SPDX-License-Identifier: MIT
/*
 * The canonical ids of function types in this process: a hash table of types, each with
 * the number of its users.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/process.h"
#include "module/type_ids.h"

#define NONE 0u

struct type {
	uint64_t hash;
	uint32_t users; /* modules that have the type */
	uint32_t next;	/* id of the next type in the bucket */
	uint32_t params;
	uint32_t results;
	uint8_t values[]; /* params, then results */
};

/* Ids count from 1; types[id] is the type of an id, NULL if the id is free. */
static struct {
	struct type **types;
	uint32_t count; /* the lowest id that was never used */
	uint32_t room;	/* length of each array, a power of two */
	uint32_t *buckets;
	uint32_t free; /* head of the list of free ids; 0: empty */
	uint32_t *free_next;
} table; /* under the lock of the process */

/*
 * The factor is not known outside the process, so a module cannot be made of types that
 * all fall into one bucket.
 */
static uint64_t hash_step(uint64_t hash, uint64_t value)
{
	uint64_t factor = (uintptr_t)&table * UINT64_C(0x9e3779b97f4a7c15) | 1;

	hash = (hash ^ value) * factor;
	return hash ^ hash >> 32;
}

static uint64_t hash_bytes(uint64_t hash, const uint8_t *bytes, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		hash = hash_step(hash, bytes[i]);
	return hash_step(hash, (uint64_t)count + 256);
}

static uint64_t type_hash(const struct shim_function_type *type)
{
	return hash_bytes(hash_bytes(0, type->params, type->param_count), type->results,
			  type->result_count);
}

static bool type_equal(const struct type *type, const struct shim_function_type *other)
{
	return type->params == other->param_count && type->results == other->result_count &&
	       (!type->params || !memcmp(type->values, other->params, type->params)) &&
	       (!type->results ||
		!memcmp(type->values + type->params, other->results, type->results));
}

static uint32_t *bucket_of(uint64_t hash)
{
	return &table.buckets[hash & (table.room - 1)];
}

static void buckets_fill(void)
{
	memset(table.buckets, 0, table.room * sizeof(*table.buckets));
	for (uint32_t id = 1; id < table.count; id++) {
		uint32_t *bucket;

		if (!table.types[id])
			continue;
		bucket = bucket_of(table.types[id]->hash);
		table.types[id]->next = *bucket;
		*bucket = id;
	}
}

/* If an array cannot grow, those before it are longer than room says, which is harmless. */
static bool table_grow(void)
{
	uint32_t room = table.room ? table.room * 2 : 64;
	struct type **types = realloc(table.types, room * sizeof(*types));
	uint32_t *buckets, *free_next;

	if (!types)
		return false;
	table.types = types;
	free_next = realloc(table.free_next, room * sizeof(*free_next));
	if (!free_next)
		return false;
	table.free_next = free_next;
	buckets = realloc(table.buckets, room * sizeof(*buckets));
	if (!buckets)
		return false;
	table.buckets = buckets;
	table.room = room;
	if (!table.count)
		table.count = 1;
	buckets_fill();
	return true;
}

static uint32_t type_find(uint64_t hash, const struct shim_function_type *type)
{
	uint32_t id = table.room ? *bucket_of(hash) : NONE;

	while (id != NONE && (table.types[id]->hash != hash || !type_equal(table.types[id], type)))
		id = table.types[id]->next;
	return id;
}

static uint32_t type_add(uint64_t hash, const struct shim_function_type *from)
{
	uint32_t id = table.free, *bucket;
	struct type *type;

	if (id == NONE && table.count >= table.room && !table_grow())
		return NONE;
	type = malloc(sizeof(*type) + from->param_count + from->result_count);
	if (!type)
		return NONE;
	type->hash = hash;
	type->users = 0;
	type->params = from->param_count;
	type->results = from->result_count;
	if (type->params)
		memcpy(type->values, from->params, type->params);
	if (type->results)
		memcpy(type->values + type->params, from->results, type->results);
	if (id == NONE)
		id = table.count++;
	else
		table.free = table.free_next[id];
	bucket = bucket_of(hash);
	table.types[id] = type;
	type->next = *bucket;
	*bucket = id;
	return id;
}

static void type_put(uint32_t id)
{
	struct type *type = table.types[id];
	uint32_t *link = bucket_of(type->hash);

	if (--type->users)
		return;
	while (*link != id)
		link = &table.types[*link]->next;
	*link = type->next;
	free(type);
	table.types[id] = NULL;
	table.free_next[id] = table.free;
	table.free = id;
}

static uint32_t type_get(const struct shim_function_type *type)
{
	uint64_t hash = type_hash(type);
	uint32_t id = type_find(hash, type);

	if (id == NONE)
		id = type_add(hash, type);
	if (id != NONE)
		table.types[id]->users++;
	return id;
}

int shim_type_ids_get(struct shim_module *module)
{
	uint32_t count = module->desc.type_count, done = 0;
	uint32_t *ids = shim_arena_alloc(&module->arena, count, sizeof(*ids));

	if (!ids)
		return -ENOMEM;
	shim_process_lock();
	while (done < count) {
		ids[done] = type_get(&module->desc.types[done]);
		if (ids[done] == NONE)
			break;
		done++;
	}
	if (done == count)
		module->type_ids = ids;
	else
		for (uint32_t i = 0; i < done; i++)
			type_put(ids[i]);
	shim_process_unlock();
	if (done < count)
		return shim_error_set(-ENOMEM, "type %" PRIu32 ": no memory", done);
	return 0;
}

void shim_type_ids_put(struct shim_module *module)
{
	if (!module->type_ids)
		return;
	shim_process_lock();
	for (uint32_t i = 0; i < module->desc.type_count; i++)
		type_put(module->type_ids[i]);
	shim_process_unlock();
	module->type_ids = NULL;
}
