// SPDX-License-Identifier: MIT
/* What each call makes of a slot of the model. */
#include "model_slot.h"

#include "model_image.h"
#include "pool.h"

uint8_t *slot_at(struct actor *actor, const struct model_slot *slot, uint32_t area)
{
	return area_at(&actor->world->pool, slot->index, area);
}

static uint64_t initial_limit(const struct model_image *image, uint32_t area)
{
	return image ? image->limits[area] : shape[area].initial;
}

/* What the area holds from a page on when it was not written. */
static void model_restore(struct model_slot *slot, uint32_t area, uint64_t first, uint64_t end)
{
	uint8_t *to = slot->content[area] + first * PAGE;

	if (first >= end)
		return;
	if (slot->image)
		memcpy(to, slot->image->content[area] + first * PAGE, (end - first) * PAGE);
	else
		memset(to, 0, (end - first) * PAGE);
}

void model_reset(struct model_slot *slot)
{
	for (uint32_t area = 0; area < AREAS; area++) {
		model_restore(slot, area, 0, shape[area].max);
		slot->limits[area] = initial_limit(slot->image, area);
	}
	slot->clean = true;
}

void model_bind(struct model_slot *slot, struct model_image *image)
{
	image_put(slot->image);
	slot->image = image;
}

void model_purge(struct actor *actor, struct model_slot *slot)
{
	if (slot->image && atomic_load(&slot->image->destroyed)) {
		struct guardslot_query query;

		expect(actor, 0, do_query(&actor->world->pool, slot->index, &query));
		if (query.out_image != slot->image->id) {
			expect(actor, GUARDSLOT_IMAGE_NONE, query.out_image);
			model_bind(slot, NULL);
		}
	}
	model_reset(slot);
	slot->purges++;
}

void model_resize(struct model_slot *slot, uint32_t area, uint64_t limit)
{
	model_restore(slot, area, limit, slot->limits[area]);
	slot->limits[area] = limit;
}

void check_bytes(struct actor *actor, struct model_slot *slot, uint32_t area, uint64_t at,
		 uint64_t length, const uint8_t *seen)
{
	const uint8_t *expected = slot->content[area] + at;

	if (memcmp(seen, expected, length) == 0)
		return;
	for (uint64_t i = 0; i < length; i++)
		if (seen[i] != expected[i])
			model_fail(actor, "slot %u area %u page %lu byte %lu: %#x, expected %#x",
				   slot->index, area, (unsigned long)((at + i) / PAGE),
				   (unsigned long)((at + i) % PAGE), seen[i], expected[i]);
	model_fail(actor, "slot %u area %u: content changes while it is compared", slot->index,
		   area);
}

void check_slot(struct actor *actor, struct model_slot *slot)
{
	for (uint32_t area = 0; area < AREAS; area++)
		check_bytes(actor, slot, area, 0, slot->limits[area] * PAGE,
			    slot_at(actor, slot, area));
}
