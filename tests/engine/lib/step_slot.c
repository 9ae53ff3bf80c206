// SPDX-License-Identifier: MIT
/* How a step takes slots and picks ranges in them. */
#include "step_slot.h"

#include "claim.h"

struct model_slot *take_slot(struct actor *actor)
{
	struct model_slot *slot = &actor->world->slots[below(actor, SLOTS)];

	pthread_mutex_lock(&slot->lock);
	if (slot->idle)
		claim_own(&actor->world->pool, slot->index);
	slot->idle = false;
	return slot;
}

void leave_slot(struct model_slot *slot)
{
	pthread_mutex_unlock(&slot->lock);
}

void lock_all(struct world *world)
{
	for (uint32_t i = 0; i < SLOTS; i++)
		pthread_mutex_lock(&world->slots[i].lock);
}

void unlock_all(struct world *world)
{
	for (uint32_t i = 0; i < SLOTS; i++)
		pthread_mutex_unlock(&world->slots[i].lock);
}

bool pick_range(struct actor *actor, struct model_slot *slot, struct range *range)
{
	uint64_t bytes, longest;

	range->area = (uint32_t)below(actor, AREAS);
	bytes = slot->limits[range->area] * PAGE;
	if (!bytes)
		return false;
	range->at = below(actor, bytes);
	longest = bytes - range->at < 3 * PAGE ? bytes - range->at : 3 * PAGE;
	range->length = 1 + below(actor, below(actor, 2) ? longest : longest < 32 ? longest : 32);
	return true;
}

void fill_random(struct actor *actor, uint8_t *to, uint64_t length)
{
	uint64_t word = any(actor);

	for (uint64_t i = 0; i < length; i++)
		to[i] = (uint8_t)(word >> (i % 8 * 8)) ^ (uint8_t)(i >> 3);
}

const uint8_t *model_write(struct actor *actor, struct model_slot *slot, const struct range *range)
{
	uint8_t *to = slot->content[range->area] + range->at;

	fill_random(actor, to, range->length);
	slot->clean = false;
	return to;
}
