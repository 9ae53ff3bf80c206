// SPDX-License-Identifier: MIT
/*
 * A shard of the slot index: the lists that run through its slots, the table of the
 * modules that have affine slots, and the choice of a slot.
 */
#include <assert.h>
#include <errno.h>

#include "allocator/slot_shard.h"

#define NONE SHIM_SLOT_INDEX_NONE

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

/* The shard's lock protects entries and modules. */
struct shim_slot_entry {
	struct link unused; /* an unused slot's in the list of cold or of warm slots */
	struct link affine; /* in the list of the slot's module; not set without one */
	uint32_t module;    /* the index in modules; NONE without affinity */
	enum slot_state state;
};

/* A module that has affine slots in the shard; of an unused place only next is set. */
struct shim_slot_module {
	uint64_t id;
	struct shim_slot_list affine; /* least recently used first */
	uint32_t next;		      /* in its bucket, or in the list of unused places */
};

/* ---- lists ------------------------------------------------------------------ */

/* A slot has two links; each list runs through one of them, which it gets as "of". */
static inline struct link *unused_link(struct shim_slot_shard *shard, uint32_t slot)
{
	return &shard->entries[slot].unused;
}

static inline struct link *affine_link(struct shim_slot_shard *shard, uint32_t slot)
{
	return &shard->entries[slot].affine;
}

static inline void list_append(struct shim_slot_shard *shard, struct shim_slot_list *list,
			       struct link *(*of)(struct shim_slot_shard *, uint32_t),
			       uint32_t slot)
{
	*of(shard, slot) = (struct link){ .previous = list->tail, .next = NONE };
	if (list->tail == NONE)
		list->head = slot;
	else
		of(shard, list->tail)->next = slot;
	list->tail = slot;
}

static inline void list_remove(struct shim_slot_shard *shard, struct shim_slot_list *list,
			       struct link *(*of)(struct shim_slot_shard *, uint32_t),
			       uint32_t slot)
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

static uint32_t *module_bucket(struct shim_slot_shard *shard, uint64_t id)
{
	return &shard->buckets[(id * UINT64_C(0x9e3779b97f4a7c15)) >> shard->bucket_shift];
}

static uint32_t module_find(struct shim_slot_shard *shard, uint64_t id)
{
	uint32_t at = *module_bucket(shard, id);

	while (at != NONE && shard->modules[at].id != id)
		at = shard->modules[at].next;
	return at;
}

/* There is an unused place, as the caller's slot is warm and has no module yet. */
static uint32_t module_add(struct shim_slot_shard *shard, uint64_t id)
{
	uint32_t *bucket = module_bucket(shard, id), at = shard->free_module;
	struct shim_slot_module *module = &shard->modules[at];

	shard->free_module = module->next;
	module->id = id;
	module->affine = (struct shim_slot_list){ NONE, NONE };
	module->next = *bucket;
	*bucket = at;
	return at;
}

static void module_remove(struct shim_slot_shard *shard, uint32_t at)
{
	struct shim_slot_module *module = &shard->modules[at];
	uint32_t *link = module_bucket(shard, module->id);

	while (*link != at)
		link = &shard->modules[*link].next;
	*link = module->next;
	module->next = shard->free_module;
	shard->free_module = at;
}

/* ---- the choice, with the lock held ------------------------------------------- */

static void slot_set_affine(struct shim_slot_shard *shard, uint32_t slot, uint64_t id)
{
	struct shim_slot_entry *entry = &shard->entries[slot];

	entry->module = NONE;
	if (id == SHIM_MODULE_NONE)
		return;
	entry->module = module_find(shard, id);
	if (entry->module == NONE)
		entry->module = module_add(shard, id);
	list_append(shard, &shard->modules[entry->module].affine, affine_link, slot);
}

static void slot_clear_affine(struct shim_slot_shard *shard, uint32_t slot)
{
	struct shim_slot_entry *entry = &shard->entries[slot];
	struct shim_slot_list *affine;

	if (entry->module == NONE)
		return;
	affine = &shard->modules[entry->module].affine;
	list_remove(shard, affine, affine_link, slot);
	if (affine->head == NONE)
		module_remove(shard, entry->module);
	entry->module = NONE;
}

static uint32_t take_warm(struct shim_slot_shard *shard, uint32_t slot)
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

static uint32_t take_cold(struct shim_slot_shard *shard)
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

static uint32_t take_affine(struct shim_slot_shard *shard, uint64_t id)
{
	uint32_t at = module_find(shard, id);

	return at == NONE ? NONE : take_warm(shard, shard->modules[at].affine.tail);
}

static uint32_t take(struct shim_slot_shard *shard, uint64_t id)
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

/* ---- set-up ------------------------------------------------------------------- */

static void entries_init(struct shim_slot_shard *shard)
{
	shard->cold = (struct shim_slot_list){ NONE, NONE };
	shard->warm = (struct shim_slot_list){ NONE, NONE };
	for (uint32_t i = 0; i < shard->slots; i++) {
		shard->entries[i].module = NONE;
		shard->entries[i].state = SLOT_COLD;
		list_append(shard, &shard->cold, unused_link, i);
		shard->modules[i].next = i + 1 < shard->slots ? i + 1 : NONE;
	}
	shard->free_module = 0;
	shard->counts.unused_cold = shard->slots;
}

int shim_slot_shard_init(struct shim_slot_shard *shard, uint32_t first, uint32_t slots,
			 uint32_t max_warm)
{
	uint32_t bits = 1;

	while (bits < 31 && UINT32_C(1) << bits < slots)
		bits++;
	shard->first = first;
	shard->slots = slots;
	shard->max_warm = max_warm;
	shard->bucket_shift = 64 - bits;
	shard->entries = shim_padded_alloc(slots, sizeof(*shard->entries));
	if (!shard->entries)
		return -ENOMEM;
	shard->modules = shim_padded_alloc(slots, sizeof(*shard->modules));
	if (!shard->modules)
		goto free_entries;
	shard->buckets = shim_padded_alloc(UINT32_C(1) << bits, sizeof(*shard->buckets));
	if (!shard->buckets)
		goto free_modules;
	memset(shard->buckets, 0xff, (UINT32_C(1) << bits) * sizeof(*shard->buckets));
	entries_init(shard);
	pthread_mutex_init(&shard->lock, NULL);
	return 0;
free_modules:
	free(shard->modules);
free_entries:
	free(shard->entries);
	return -ENOMEM;
}

void shim_slot_shard_uninit(struct shim_slot_shard *shard)
{
	free(shard->entries);
	free(shard->modules);
	free(shard->buckets);
	pthread_mutex_destroy(&shard->lock);
}

/* ---- the operations ----------------------------------------------------------- */

uint32_t shim_slot_shard_take(struct shim_slot_shard *shard, uint64_t module)
{
	uint32_t slot;

	pthread_mutex_lock(&shard->lock);
	slot = take(shard, module);
	pthread_mutex_unlock(&shard->lock);
	return slot;
}

uint32_t shim_slot_shard_take_affine(struct shim_slot_shard *shard, uint64_t module)
{
	uint32_t slot;

	pthread_mutex_lock(&shard->lock);
	slot = take_affine(shard, module);
	pthread_mutex_unlock(&shard->lock);
	return slot;
}

/* Takes the lock and ends the use of a slot. */
static struct shim_slot_entry *used_lock(struct shim_slot_shard *shard, uint32_t slot)
{
	pthread_mutex_lock(&shard->lock);
	assert(shard->entries[slot].state == SLOT_USED);
	shard->counts.used--;
	return &shard->entries[slot];
}

void shim_slot_shard_free(struct shim_slot_shard *shard, uint32_t slot, uint64_t module)
{
	struct shim_slot_entry *entry = used_lock(shard, slot);

	shard->frees++;
	entry->state = SLOT_WARM;
	shard->counts.unused_warm++;
	list_append(shard, &shard->warm, unused_link, slot);
	slot_set_affine(shard, slot, module);
	pthread_mutex_unlock(&shard->lock);
}

void shim_slot_shard_free_cold(struct shim_slot_shard *shard, uint32_t slot)
{
	struct shim_slot_entry *entry = used_lock(shard, slot);

	shard->frees++;
	entry->state = SLOT_COLD;
	shard->counts.unused_cold++;
	list_append(shard, &shard->cold, unused_link, slot);
	pthread_mutex_unlock(&shard->lock);
}

void shim_slot_shard_poison(struct shim_slot_shard *shard, uint32_t slot)
{
	struct shim_slot_entry *entry = used_lock(shard, slot);

	entry->state = SLOT_POISONED;
	shard->counts.poisoned++;
	pthread_mutex_unlock(&shard->lock);
}

void shim_slot_shard_count(struct shim_slot_shard *shard, struct shim_slot_index_counts *counts)
{
	pthread_mutex_lock(&shard->lock);
	counts->used += shard->counts.used;
	counts->unused_warm += shard->counts.unused_warm;
	counts->unused_cold += shard->counts.unused_cold;
	counts->poisoned += shard->counts.poisoned;
	pthread_mutex_unlock(&shard->lock);
}

uint64_t shim_slot_shard_frees(struct shim_slot_shard *shard)
{
	uint64_t frees;

	pthread_mutex_lock(&shard->lock);
	frees = shard->frees;
	pthread_mutex_unlock(&shard->lock);
	return frees;
}
