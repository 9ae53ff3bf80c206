// SPDX-License-Identifier: MIT
/* Steps that make pages private or take them away. */
#include "claim.h"
#include "model_image.h"
#include "model_slot.h"
#include "step_slot.h"
#include "steps.h"

void step_prefault(struct actor *actor)
{
	struct model_slot *slot = take_slot(actor);
	struct guardslot_prefault cmd = { .slots = (uintptr_t)&slot->index, .count = 1 };

	if (below(actor, 2)) {
		uint32_t area = (uint32_t)below(actor, AREAS);
		uint64_t first = below(actor, slot->limits[area] + 1);

		cmd.flags = GUARDSLOT_PREFAULT_RANGE;
		cmd.area = area;
		cmd.offset = first * PAGE;
		cmd.length = below(actor, slot->limits[area] - first + 1) * PAGE;
	}
	log_step(actor, "slot %u area %u: prefault %#lx at %#lx", slot->index, cmd.area,
		 (unsigned long)cmd.length, (unsigned long)cmd.offset);
	expect(actor, 0, do_prefault_cmd(&actor->world->pool, &cmd));
	expect(actor, 1, cmd.out_done);
	leave_slot(slot);
}

void step_purge(struct actor *actor)
{
	struct model_slot *slot = take_slot(actor);

	log_step(actor, "slot %u: purge", slot->index);
	expect(actor, 0, do_purge(&actor->world->pool, slot->index));
	model_purge(actor, slot);
	leave_slot(slot);
}

/* All slots of an image or of a tag, idle or not. */
void step_purge_bound(struct actor *actor)
{
	struct world *world = actor->world;
	struct model_image *image = below(actor, 2) ? image_pick(actor) : NULL;
	struct guardslot_purge cmd = { .mode = GUARDSLOT_PURGE_TAG };
	uint32_t done = 0;
	int ret;

	if (image) {
		cmd.mode = GUARDSLOT_PURGE_IMAGE;
		cmd.image = image->id;
	} else {
		cmd.tag = 1 + below(actor, TAGS);
	}
	lock_all(world);
	log_step(actor, "purge of image %u or tag %lu", cmd.image, (unsigned long)cmd.tag);
	ret = do_purge_cmd(&world->pool, &cmd);
	if (ret == -ENOENT && image && atomic_load(&image->destroyed)) {
		unlock_all(world);
		image_put(image);
		return;
	}
	expect(actor, 0, ret);
	for (uint32_t i = 0; i < SLOTS; i++) {
		struct model_slot *slot = &world->slots[i];

		if (!slot->image || (image ? slot->image != image : slot->image->tag != cmd.tag))
			continue;
		model_purge(actor, slot);
		done++;
	}
	expect(actor, done, cmd.out_done);
	unlock_all(world);
	image_put(image);
}

void step_purge_idle(struct actor *actor)
{
	struct world *world = actor->world;
	struct guardslot_purge cmd = { .mode = GUARDSLOT_PURGE_IDLE };
	long ended;
	bool may_miss;

	lock_all(world);
	log_step(actor, "purge of idle slots");
	ended = atomic_load(&world->reclaims_ended);
	expect(actor, 0, do_purge_cmd(&world->pool, &cmd));
	/* A reclaim that ran at any time since then. */
	may_miss = atomic_load(&world->reclaims_begun) != ended;
	for (uint32_t i = 0; i < SLOTS; i++) {
		struct model_slot *slot = &world->slots[i];
		struct guardslot_query query;

		if (!slot->idle)
			continue;
		expect(actor, 0, do_query(&world->pool, i, &query));
		/* The shrinker had the slot at that moment. */
		if (may_miss && query.out_purges == slot->purges)
			continue;
		expect(actor, (long)slot->purges + 1, (long)query.out_purges);
		model_purge(actor, slot);
	}
	unlock_all(world);
}

/* Only what is clean can be released. */
void step_idle(struct actor *actor)
{
	struct model_slot *slot = take_slot(actor);

	log_step(actor, "slot %u: idle", slot->index);
	if (!slot->clean) {
		expect(actor, 0, do_reset(&actor->world->pool, slot->index));
		model_reset(slot);
		slot->resets++;
	}
	slot->idle = true;
	release(&actor->world->pool, slot->index);
	leave_slot(slot);
}

void step_reclaim(struct actor *actor)
{
	log_step(actor, "drop caches");
	atomic_fetch_add(&actor->world->reclaims_begun, 1);
	drop_caches();
	atomic_fetch_add(&actor->world->reclaims_ended, 1);
}
