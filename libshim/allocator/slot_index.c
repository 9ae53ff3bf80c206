// SPDX-License-Identifier: MIT
/*
 * The slot index: shards, the lists that run through their slots, and the table
 * of the modules that have affine slots.
 *
 * Inside a shard slots are counted from its first one. All lists are made of
 * indices into the shard's arrays, so that a shard is three arrays and a head.
 */
#define _GNU_SOURCE
#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "allocator/slot_index.h"

#define NONE SHIM_SLOT_INDEX_NONE

/* Below this many slots one lock does, and one place to look for affinity. */
#define SHARDING_CAPACITY 128
#define MAX_SHARDS 16

/* Two cache lines: processors fetch them in pairs. */
#define PADDING 128

enum slot_state {
	SLOT_COLD,
	SLOT_WARM,
	SLOT_USED,
	SLOT_POISONED,
};

struct link {
	uint32_t previous;
	uint32_t next;
};

struct list {
	uint32_t head;
	uint32_t tail;
};

struct entry {
	/* Of an unused slot: in the list of the cold ones or of the warm ones. */
	struct link unused;
	/* Of a warm slot with affinity: in its module's list. */
	struct link affine;
	uint32_t module; /* the module's place in modules; NONE without affinity */
	enum slot_state state;
};

/* A module with affine slots in this shard. */
struct module {
	uint64_t id;
	struct list affine; /* oldest first */
	uint32_t next;	    /* in its bucket, or in the list of free places */
};

struct shard {
	pthread_mutex_t lock; /* protects all below, but for what is constant */
	uint32_t first;	      /* constant from here ... */
	uint32_t slots;
	uint32_t max_warm;
	uint32_t bucket_shift; /* ... to here */
	struct list cold;
	struct list warm; /* least recently used first */
	uint32_t free_module;
	uint64_t frees;
	struct shim_slot_index_counts counts;
	struct entry *entries;	/* slots of them */
	struct module *modules; /* slots of them: a warm slot has one module */
	uint32_t *buckets;
} __attribute__((aligned(PADDING)));

struct shim_slot_index {
	uint32_t slots;
	uint32_t shard_count;
	struct shard shards[];
};

/* Given out round robin; a thread keeps its number in every index. */
static atomic_uint threads_seen;
static __thread uint32_t thread_number; /* counted from 1; 0: none yet */

/* ---- lists ------------------------------------------------------------------ */

/* The two links of a slot; a list is told which of them it runs through. */
static inline struct link *unused_link(struct shard *shard, uint32_t slot)
{
	return &shard->entries[slot].unused;
}

static inline struct link *affine_link(struct shard *shard, uint32_t slot)
{
	return &shard->entries[slot].affine;
}

static inline void list_append(struct shard *shard, struct list *list,
			       struct link *(*of)(struct shard *, uint32_t), uint32_t slot)
{
	*of(shard, slot) = (struct link){ .previous = list->tail, .next = NONE };
	if (list->tail == NONE)
		list->head = slot;
	else
		of(shard, list->tail)->next = slot;
	list->tail = slot;
}

static inline void list_remove(struct shard *shard, struct list *list,
			       struct link *(*of)(struct shard *, uint32_t), uint32_t slot)
{
	struct link link = *of(shard, slot);

	if (link.previous == NONE)
		list->head = link.next;
	else
		of(shard, link.previous)->next = link.next;
	if (link.next == NONE)
		list->tail = link.previous;
	else
		of(shard, link.next)->previous = link.previous;
}

/* ---- modules ---------------------------------------------------------------- */

static uint32_t *module_bucket(struct shard *shard, uint64_t id)
{
	return &shard->buckets[(id * UINT64_C(0x9e3779b97f4a7c15)) >> shard->bucket_shift];
}

static uint32_t module_find(struct shard *shard, uint64_t id)
{
	uint32_t at = *module_bucket(shard, id);

	while (at != NONE && shard->modules[at].id != id)
		at = shard->modules[at].next;
	return at;
}

/* There is always a free place: the caller's slot is warm and has none yet. */
static uint32_t module_add(struct shard *shard, uint64_t id)
{
	uint32_t *bucket = module_bucket(shard, id), at = shard->free_module;
	struct module *module = &shard->modules[at];

	shard->free_module = module->next;
	module->id = id;
	module->affine = (struct list){ NONE, NONE };
	module->next = *bucket;
	*bucket = at;
	return at;
}

static void module_remove(struct shard *shard, uint32_t at)
{
	struct module *module = &shard->modules[at];
	uint32_t *link = module_bucket(shard, module->id);

	while (*link != at)
		link = &shard->modules[*link].next;
	*link = module->next;
	module->next = shard->free_module;
	shard->free_module = at;
}

/* ---- one shard, with its lock held ------------------------------------------- */

static void slot_set_affine(struct shard *shard, uint32_t slot, uint64_t id)
{
	struct entry *entry = &shard->entries[slot];

	entry->module = NONE;
	if (id == SHIM_MODULE_NONE)
		return;
	entry->module = module_find(shard, id);
	if (entry->module == NONE)
		entry->module = module_add(shard, id);
	list_append(shard, &shard->modules[entry->module].affine, affine_link, slot);
}

static void slot_clear_affine(struct shard *shard, uint32_t slot)
{
	struct entry *entry = &shard->entries[slot];
	struct list *affine;

	if (entry->module == NONE)
		return;
	affine = &shard->modules[entry->module].affine;
	list_remove(shard, affine, affine_link, slot);
	if (affine->head == NONE)
		module_remove(shard, entry->module);
	entry->module = NONE;
}

static uint32_t take_warm(struct shard *shard, uint32_t slot)
{
	if (slot == NONE)
		return NONE;
	slot_clear_affine(shard, slot);
	list_remove(shard, &shard->warm, unused_link, slot);
	shard->entries[slot].state = SLOT_USED;
	shard->counts.unused_warm--;
	shard->counts.used++;
	return slot;
}

static uint32_t take_cold(struct shard *shard)
{
	uint32_t slot = shard->cold.head;

	if (slot == NONE)
		return NONE;
	list_remove(shard, &shard->cold, unused_link, slot);
	shard->entries[slot].state = SLOT_USED;
	shard->counts.unused_cold--;
	shard->counts.used++;
	return slot;
}

static uint32_t take_affine(struct shard *shard, uint64_t id)
{
	uint32_t at = module_find(shard, id);

	return at == NONE ? NONE : take_warm(shard, shard->modules[at].affine.tail);
}

static uint32_t take(struct shard *shard, uint64_t id)
{
	uint32_t slot = NONE;

	if (id != SHIM_MODULE_NONE)
		slot = take_affine(shard, id);
	if (slot == NONE && shard->counts.unused_warm < shard->max_warm)
		slot = take_cold(shard);
	if (slot == NONE)
		slot = take_warm(shard, shard->warm.head);
	if (slot == NONE)
		slot = take_cold(shard);
	return slot;
}

/* ---- set-up ------------------------------------------------------------------ */

uint32_t shim_slot_index_shard_count(uint32_t slots, uint32_t processors)
{
	if (slots < SHARDING_CAPACITY || processors < 1)
		return 1;
	return processors < MAX_SHARDS ? processors : MAX_SHARDS;
}

static uint32_t processors_count(void)
{
	cpu_set_t set;

	/* Over 1024 processors the set is too small; there are then enough. */
	if (sched_getaffinity(0, sizeof(set), &set))
		return MAX_SHARDS;
	return (uint32_t)CPU_COUNT(&set);
}

/* The share of one of count holders of total; the first ones take the rest. */
static uint32_t share(uint32_t total, uint32_t count, uint32_t holder)
{
	return total / count + (holder < total % count);
}

static void entries_init(struct shard *shard)
{
	shard->cold = (struct list){ NONE, NONE };
	shard->warm = (struct list){ NONE, NONE };
	for (uint32_t i = 0; i < shard->slots; i++) {
		shard->entries[i].module = NONE;
		shard->entries[i].state = SLOT_COLD;
		list_append(shard, &shard->cold, unused_link, i);
		shard->modules[i].next = i + 1 < shard->slots ? i + 1 : NONE;
	}
	shard->free_module = 0;
	shard->counts.unused_cold = shard->slots;
}

/* An array that shares no cache line with another shard's. */
static void *array_alloc(size_t count, size_t size)
{
	return aligned_alloc(PADDING, (count * size + PADDING - 1) / PADDING * PADDING);
}

static int shard_init(struct shard *shard)
{
	uint32_t bits = 1;

	while (bits < 31 && UINT32_C(1) << bits < shard->slots)
		bits++;
	shard->bucket_shift = 64 - bits;
	shard->entries = array_alloc(shard->slots, sizeof(*shard->entries));
	shard->modules = array_alloc(shard->slots, sizeof(*shard->modules));
	shard->buckets = array_alloc(UINT32_C(1) << bits, sizeof(*shard->buckets));
	if (!shard->entries || !shard->modules || !shard->buckets)
		return -ENOMEM;
	memset(shard->buckets, 0xff, (UINT32_C(1) << bits) * sizeof(*shard->buckets));
	entries_init(shard);
	return 0;
}

int shim_slot_index_create(const struct shim_slot_index_config *config,
			   struct shim_slot_index **out)
{
	uint32_t count = config->shards, first = 0;
	struct shim_slot_index *index;
	int error = 0;

	if (!count)
		count = shim_slot_index_shard_count(config->slots, processors_count());
	index = array_alloc(1, sizeof(*index) + count * sizeof(index->shards[0]));
	if (!index)
		return shim_error_set(-ENOMEM, "slot index: no memory");
	memset(index, 0, sizeof(*index) + count * sizeof(index->shards[0]));
	index->slots = config->slots;
	index->shard_count = count;
	for (uint32_t i = 0; i < count; i++) {
		struct shard *shard = &index->shards[i];

		pthread_mutex_init(&shard->lock, NULL);
		shard->first = first;
		shard->slots = share(config->slots, count, i);
		shard->max_warm = share(config->max_unused_warm, count, i);
		first += shard->slots;
		if (!error)
			error = shard_init(shard);
	}
	if (error) {
		shim_slot_index_destroy(index);
		return shim_error_set(error, "slot index: no memory");
	}
	*out = index;
	return 0;
}

void shim_slot_index_destroy(struct shim_slot_index *index)
{
	if (!index)
		return;
	for (uint32_t i = 0; i < index->shard_count; i++) {
		struct shard *shard = &index->shards[i];

		free(shard->entries);
		free(shard->modules);
		free(shard->buckets);
		pthread_mutex_destroy(&shard->lock);
	}
	free(index);
}

/* ---- the operations ----------------------------------------------------------- */

uint32_t shim_slot_index_shards(const struct shim_slot_index *index)
{
	return index->shard_count;
}

uint32_t shim_slot_index_home(const struct shim_slot_index *index)
{
	if (index->shard_count == 1)
		return 0;
	if (!thread_number)
		thread_number = atomic_fetch_add_explicit(&threads_seen, 1, memory_order_relaxed) %
					UINT32_C(0x7fffffff) +
				1;
	return thread_number % index->shard_count;
}

uint32_t shim_slot_index_shard(const struct shim_slot_index *index, uint32_t slot)
{
	uint32_t each = index->slots / index->shard_count;
	uint32_t larger = index->slots % index->shard_count;

	/* The first `larger` shards have one slot more than the others. */
	if (slot < larger * (each + 1))
		return slot / (each + 1);
	return larger + (slot - larger * (each + 1)) / each;
}

/* Asks the shards in turn, from the home shard on. */
static uint32_t ask_shards(struct shim_slot_index *index, uint64_t module,
			   uint32_t (*ask)(struct shard *shard, uint64_t id))
{
	uint32_t home = shim_slot_index_home(index);

	for (uint32_t i = 0; i < index->shard_count; i++) {
		uint32_t at = home + i < index->shard_count ? home + i :
							      home + i - index->shard_count;
		struct shard *shard = &index->shards[at];
		uint32_t slot;

		pthread_mutex_lock(&shard->lock);
		slot = ask(shard, module);
		pthread_mutex_unlock(&shard->lock);
		if (slot != NONE)
			return shard->first + slot;
	}
	return NONE;
}

uint32_t shim_slot_index_alloc(struct shim_slot_index *index, uint64_t module)
{
	return ask_shards(index, module, take);
}

uint32_t shim_slot_index_alloc_affine(struct shim_slot_index *index, uint64_t module)
{
	return ask_shards(index, module, take_affine);
}

/* The shard of a used slot, locked; *slot becomes its number in it. */
static struct shard *used_lock(struct shim_slot_index *index, uint32_t *slot)
{
	struct shard *shard = &index->shards[shim_slot_index_shard(index, *slot)];

	*slot -= shard->first;
	pthread_mutex_lock(&shard->lock);
	assert(shard->entries[*slot].state == SLOT_USED);
	shard->counts.used--;
	return shard;
}

void shim_slot_index_free(struct shim_slot_index *index, uint32_t slot, uint64_t module)
{
	struct shard *shard = used_lock(index, &slot);

	shard->frees++;
	shard->entries[slot].state = SLOT_WARM;
	shard->counts.unused_warm++;
	list_append(shard, &shard->warm, unused_link, slot);
	slot_set_affine(shard, slot, module);
	pthread_mutex_unlock(&shard->lock);
}

void shim_slot_index_free_cold(struct shim_slot_index *index, uint32_t slot)
{
	struct shard *shard = used_lock(index, &slot);

	shard->frees++;
	shard->entries[slot].state = SLOT_COLD;
	shard->counts.unused_cold++;
	list_append(shard, &shard->cold, unused_link, slot);
	pthread_mutex_unlock(&shard->lock);
}

void shim_slot_index_poison(struct shim_slot_index *index, uint32_t slot)
{
	struct shard *shard = used_lock(index, &slot);

	shard->entries[slot].state = SLOT_POISONED;
	shard->counts.poisoned++;
	pthread_mutex_unlock(&shard->lock);
}

void shim_slot_index_count(struct shim_slot_index *index, struct shim_slot_index_counts *counts)
{
	memset(counts, 0, sizeof(*counts));
	for (uint32_t i = 0; i < index->shard_count; i++) {
		struct shard *shard = &index->shards[i];

		pthread_mutex_lock(&shard->lock);
		counts->used += shard->counts.used;
		counts->unused_warm += shard->counts.unused_warm;
		counts->unused_cold += shard->counts.unused_cold;
		counts->poisoned += shard->counts.poisoned;
		pthread_mutex_unlock(&shard->lock);
	}
}

uint64_t shim_slot_index_frees(struct shim_slot_index *index)
{
	uint64_t frees = 0;

	for (uint32_t i = 0; i < index->shard_count; i++) {
		pthread_mutex_lock(&index->shards[i].lock);
		frees += index->shards[i].frees;
		pthread_mutex_unlock(&index->shards[i].lock);
	}
	return frees;
}
