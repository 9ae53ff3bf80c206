// SPDX-License-Identifier: MIT
/*
 * From an offset in the slab to area and offset.
 */
#include "commands/place.h"

static struct record *find(const struct places *places, uint64_t id)
{
	for (size_t i = 0; i < places->pools.count; i++)
		if (places->pools.items[i].value[GUARDSLOT_A_POOL_ID] == id)
			return &places->pools.items[i];
	return NULL;
}

void places_add(struct places *places, const struct record *event)
{
	struct record *known = find(places, event->value[GUARDSLOT_A_POOL_ID]);

	if (known)
		*known = *event;
	else
		records_put(&places->pools, event);
}

void places_remove(struct places *places, const struct record *event)
{
	struct record *known = find(places, event->value[GUARDSLOT_A_POOL_ID]);

	if (known)
		records_drop(&places->pools, (size_t)(known - places->pools.items));
}

bool places_find(const struct places *places, const struct record *event, struct place *place)
{
	const struct record *pool = find(places, event->value[GUARDSLOT_A_EVENT_POOL]);
	uint64_t offset = event->value[GUARDSLOT_A_EVENT_OFFSET], start;

	if (!pool || !record_has(event, GUARDSLOT_A_EVENT_OFFSET))
		return false;
	start = pool->value[GUARDSLOT_A_POOL_PRE_GUARD] +
		event->value[GUARDSLOT_A_EVENT_SLOT] * pool->value[GUARDSLOT_A_POOL_STRIDE];
	/* Before the first slot. */
	if (offset < start)
		return false;
	for (unsigned int i = pool->area_count; i-- > 0;) {
		if (offset - start < pool->areas[i].offset)
			continue;
		*place = (struct place){ i, offset - start - pool->areas[i].offset,
					 pool->areas[i].max };
		return true;
	}
	return false;
}
