// SPDX-License-Identifier: MIT
/*
 * The slot index as a whole: how slots are divided among shards, which shard is a
 * thread's home, and the search through the others.
 */
#include <errno.h>

#include "allocator/slot_shard.h"
#include "base/error.h"
#include "base/shards.h"

#define NONE SHIM_SLOT_INDEX_NONE

/* Immutable but for the shards, which have locks of their own. */
struct shim_slot_index {
	uint32_t slots;
	uint32_t shard_count;
	struct shim_slot_shard shards[];
};

/* ---- set-up ------------------------------------------------------------------ */

/* One of count shares of total; the remainder goes to the first shares. */
static uint32_t share(uint32_t total, uint32_t count, uint32_t at)
{
	return total / count + (at < total % count);
}

static struct shim_slot_index *index_alloc(const struct shim_slot_index_config *config,
					   uint32_t count)
{
	struct shim_slot_index *index =
		shim_padded_zalloc(1, sizeof(*index) + count * sizeof(index->shards[0]));
	uint32_t first = 0;

	if (!index)
		return NULL;
	index->slots = config->slots;
	for (; index->shard_count < count; index->shard_count++) {
		struct shim_slot_shard *shard = &index->shards[index->shard_count];
		uint32_t slots = share(config->slots, count, index->shard_count);
		uint32_t max_warm = share(config->max_unused_warm, count, index->shard_count);

		if (shim_slot_shard_init(shard, first, slots, max_warm))
			goto destroy_index;
		first += slots;
	}
	return index;
destroy_index:
	shim_slot_index_destroy(index);
	return NULL;
}

int shim_slot_index_create(const struct shim_slot_index_config *config,
			   struct shim_slot_index **out)
{
	uint32_t count = config->shards;
	struct shim_slot_index *index;

	if (!count)
		count = shim_shards_suitable(config->slots);
	index = index_alloc(config, count);
	if (!index)
		return shim_error_set(-ENOMEM, "slot index: no memory");
	*out = index;
	return 0;
}

void shim_slot_index_destroy(struct shim_slot_index *index)
{
	if (!index)
		return;
	for (uint32_t i = 0; i < index->shard_count; i++)
		shim_slot_shard_uninit(&index->shards[i]);
	free(index);
}

/* ---- the operations ----------------------------------------------------------- */

uint32_t shim_slot_index_shard_count(const struct shim_slot_index *index)
{
	return index->shard_count;
}

uint32_t shim_slot_index_home(const struct shim_slot_index *index)
{
	return shim_shards_home(index->shard_count);
}

uint32_t shim_slot_index_shard_of(const struct shim_slot_index *index, uint32_t slot)
{
	uint32_t each = index->slots / index->shard_count;
	uint32_t larger = index->slots % index->shard_count;

	/* The first `larger` shards have one slot more than the others. */
	if (slot < larger * (each + 1))
		return slot / (each + 1);
	return larger + (slot - larger * (each + 1)) / each;
}

/* Takes a slot of the first shard that gives one, from the home shard on. */
static inline uint32_t search(struct shim_slot_index *index, uint64_t module,
			      uint32_t (*take)(struct shim_slot_shard *shard, uint64_t module))
{
	uint32_t home = shim_slot_index_home(index);

	for (uint32_t i = 0; i < index->shard_count; i++) {
		uint32_t at = home + i < index->shard_count ? home + i :
							      home + i - index->shard_count;
		struct shim_slot_shard *shard = &index->shards[at];
		uint32_t slot = take(shard, module);

		if (slot != NONE)
			return shard->first + slot;
	}
	return NONE;
}

uint32_t shim_slot_index_alloc(struct shim_slot_index *index, uint64_t module)
{
	return search(index, module, shim_slot_shard_take);
}

uint32_t shim_slot_index_alloc_affine(struct shim_slot_index *index, uint64_t module)
{
	return search(index, module, shim_slot_shard_take_affine);
}

static struct shim_slot_shard *shard_of(struct shim_slot_index *index, uint32_t slot)
{
	return &index->shards[shim_slot_index_shard_of(index, slot)];
}

void shim_slot_index_free(struct shim_slot_index *index, uint32_t slot, uint64_t module)
{
	struct shim_slot_shard *shard = shard_of(index, slot);

	shim_slot_shard_free(shard, slot - shard->first, module);
}

void shim_slot_index_free_cold(struct shim_slot_index *index, uint32_t slot)
{
	struct shim_slot_shard *shard = shard_of(index, slot);

	shim_slot_shard_free_cold(shard, slot - shard->first);
}

void shim_slot_index_poison(struct shim_slot_index *index, uint32_t slot)
{
	struct shim_slot_shard *shard = shard_of(index, slot);

	shim_slot_shard_poison(shard, slot - shard->first);
}

void shim_slot_index_count(struct shim_slot_index *index, struct shim_slot_index_counts *counts)
{
	memset(counts, 0, sizeof(*counts));
	for (uint32_t i = 0; i < index->shard_count; i++)
		shim_slot_shard_count(&index->shards[i], counts);
}

uint64_t shim_slot_index_frees(struct shim_slot_index *index)
{
	uint64_t frees = 0;

	for (uint32_t i = 0; i < index->shard_count; i++)
		frees += shim_slot_shard_frees(&index->shards[i]);
	return frees;
}
