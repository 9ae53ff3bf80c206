// SPDX-License-Identifier: MIT
/*
 * The canonical ids of types in this process: a hash table of recursive groups, each
 * with the number of its users.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/process.h"
#include "base/salt.h"
#include "module/type_ids.h"
#include "module/value_type.h"

#define NONE 0u
/* In the words of a group: the type is the one with this place in the same group. */
#define OWN_GROUP (1u << 29)
#define ID_MAX (OWN_GROUP - 1)

struct group {
	uint64_t hash;
	uint32_t users; /* modules that have the group, each time */
	uint32_t next;	/* first id of the next group in the bucket */
	uint32_t count; /* types */
	uint32_t length;
	uint32_t words[]; /* the ids of the types, then length words that say what they are */
};

/* Ids count from 1. */
static struct {
	struct group **groups; /* by the first id of the group; NULL for other ids */
	uint32_t count;	       /* the lowest id that was never used */
	uint32_t room;	       /* length of each array, a power of two */
	uint32_t *buckets;
	uint32_t free; /* head of the list of free ids; 0: empty */
	uint32_t *free_next;
	uint64_t salt[2]; /* random, and set with the first room */
} table;		  /* under the lock of the process */

/* ---- what a group is ------------------------------------------------------------- */

/* Writes the words of a group, or counts them. */
struct writer {
	const struct shim_module *module;
	uint32_t first;	 /* type of the group */
	uint32_t *words; /* NULL: they are counted */
	size_t length;
};

static void word_put(struct writer *writer, uint32_t word)
{
	if (writer->words)
		writer->words[writer->length] = word;
	writer->length++;
}

static void type_put(struct writer *writer, uint32_t type)
{
	uint32_t index = shim_type_index(type), above = type & ~SHIM_INDEX_BITS;

	if (!shim_is_concrete(type))
		word_put(writer, type);
	else if (index >= writer->first)
		word_put(writer, above | OWN_GROUP | (index - writer->first));
	else
		word_put(writer, above | writer->module->type_ids[index]);
}

static void definition_put(struct writer *writer, const struct shim_type *type)
{
	word_put(writer, type->kind | type->flags << 2);
	type_put(writer, type->flags & SHIM_TYPE_SUB ? SHIM_TYPE_INDEX | type->supertype : 0);
	if (type->kind != SHIM_KIND_FUNCTION) {
		word_put(writer, type->field_count);
		for (uint32_t i = 0; i < type->field_count; i++) {
			word_put(writer, type->fields[i].is_mutable);
			type_put(writer, type->fields[i].type);
		}
		return;
	}
	word_put(writer, type->param_count);
	word_put(writer, type->result_count);
	for (uint32_t i = 0; i < type->param_count; i++)
		type_put(writer, type->params[i]);
	for (uint32_t i = 0; i < type->result_count; i++)
		type_put(writer, type->results[i]);
}

static void group_write(struct writer *writer, uint32_t count)
{
	writer->length = 0;
	for (uint32_t i = 0; i < count; i++)
		definition_put(writer, &writer->module->desc.types[writer->first + i]);
}

/* Makes a group that is in no table yet. NULL: no memory. */
static struct group *group_new(const struct shim_module *module, uint32_t count)
{
	struct writer writer = { .module = module, .first = module->type_id_count };
	struct group *group;

	group_write(&writer, count);
	if (writer.length > UINT32_MAX)
		return NULL;
	group = malloc(sizeof(*group) + (count + writer.length) * sizeof(group->words[0]));
	if (!group)
		return NULL;
	writer.words = group->words + count;
	group_write(&writer, count);
	group->users = 0;
	group->count = count;
	group->length = (uint32_t)writer.length;
	return group;
}

/*
 * The factor is not known outside the process, so a module cannot be made of types that
 * all fall into one bucket.
 */
static uint64_t group_hash(const struct group *group)
{
	const uint32_t *words = group->words + group->count;
	uint64_t hash = table.salt[0] ^ group->count;

	for (uint32_t i = 0; i < group->length; i++) {
		hash = (hash ^ words[i]) * table.salt[1];
		hash ^= hash >> 32;
	}
	return hash;
}

static bool group_equal(const struct group *a, const struct group *b)
{
	return a->hash == b->hash && a->count == b->count && a->length == b->length &&
	       !memcmp(a->words + a->count, b->words + b->count, a->length * sizeof(a->words[0]));
}

/* ---- the table ---------------------------------------------------------------------- */

static uint32_t *bucket_of(uint64_t hash)
{
	return &table.buckets[hash & (table.room - 1)];
}

static void buckets_fill(void)
{
	memset(table.buckets, 0, table.room * sizeof(*table.buckets));
	for (uint32_t id = 1; id < table.count; id++) {
		uint32_t *bucket;

		if (!table.groups[id])
			continue;
		bucket = bucket_of(table.groups[id]->hash);
		table.groups[id]->next = *bucket;
		*bucket = id;
	}
}

/* If an array cannot grow, those before it are longer than room says, which is harmless. */
static bool table_grow(void)
{
	uint32_t room = table.room ? table.room * 2 : 64;
	struct group **groups;
	uint32_t *buckets, *free_next;

	if (room > ID_MAX)
		return false;
	groups = realloc(table.groups, room * sizeof(*groups));
	if (!groups)
		return false;
	table.groups = groups;
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

static uint32_t id_take(void)
{
	uint32_t id = table.free;

	if (id != NONE) {
		table.free = table.free_next[id];
		return id;
	}
	if (table.count >= table.room && !table_grow())
		return NONE;
	table.groups[table.count] = NULL;
	return table.count++;
}

static void ids_put(const struct group *group, uint32_t count)
{
	while (count--) {
		uint32_t id = group->words[count];

		table.groups[id] = NULL;
		table.free_next[id] = table.free;
		table.free = id;
	}
}

static bool ids_take(struct group *group)
{
	for (uint32_t i = 0; i < group->count; i++) {
		group->words[i] = id_take();
		if (group->words[i] == NONE) {
			ids_put(group, i);
			return false;
		}
	}
	return true;
}

static struct group *group_find(const struct group *like)
{
	uint32_t id = *bucket_of(like->hash);

	while (id != NONE && !group_equal(table.groups[id], like))
		id = table.groups[id]->next;
	return id == NONE ? NULL : table.groups[id];
}

static bool group_add(struct group *group)
{
	uint32_t *bucket, first;

	if (!ids_take(group))
		return false;
	first = group->words[0];
	bucket = bucket_of(group->hash);
	table.groups[first] = group;
	group->next = *bucket;
	*bucket = first;
	return true;
}

static void group_put(uint32_t first)
{
	struct group *group = table.groups[first];
	uint32_t *link = bucket_of(group->hash);

	if (--group->users)
		return;
	while (*link != first)
		link = &table.groups[*link]->next;
	*link = group->next;
	ids_put(group, group->count);
	free(group);
}

/* The group of the table that is equal to one; made is freed, or is that one. */
static struct group *group_get(struct group *made)
{
	struct group *found;

	if (!table.salt[1])
		shim_salt_get(table.salt);
	if (!table.room && !table_grow())
		return NULL;
	made->hash = group_hash(made);
	found = group_find(made);
	if (!found && !group_add(made))
		return NULL;
	if (found)
		free(made);
	else
		found = made;
	found->users++;
	return found;
}

int shim_type_ids_get(struct shim_module *module, uint32_t count)
{
	struct group *made = group_new(module, count), *group = NULL;

	if (made) {
		shim_process_lock();
		group = group_get(made);
		if (group)
			memcpy(module->type_ids + module->type_id_count, group->words,
			       count * sizeof(*module->type_ids));
		shim_process_unlock();
	}
	if (!group) {
		free(made);
		return shim_error_set(-ENOMEM, "type %" PRIu32 ": no memory",
				      module->type_id_count);
	}
	module->type_id_count += count;
	return 0;
}

void shim_type_ids_put(struct shim_module *module)
{
	uint32_t first = 0;

	shim_process_lock();
	while (first < module->type_id_count) {
		uint32_t count = module->desc.types[first].group_count;

		group_put(module->type_ids[first]);
		first += count ? count : 1;
	}
	shim_process_unlock();
	module->type_id_count = 0;
}
