// SPDX-License-Identifier: MIT
/* Steps that are calls: limits, resets, images and QUERY. */
#include "model_image.h"
#include "model_slot.h"
#include "step_slot.h"
#include "look.h"
#include "reset_mode.h"
#include "steps.h"

void step_resize(struct actor *actor)
{
	struct model_slot *slot = take_slot(actor);
	uint32_t area = (uint32_t)below(actor, AREAS);
	uint64_t limit = below(actor, shape[area].max + 1);

	log_step(actor, "slot %u area %u: limit %lu to %lu", slot->index, area,
		 (unsigned long)slot->limits[area], (unsigned long)limit);
	expect(actor, 0, do_resize(&actor->world->pool, slot->index, area, limit * PAGE));
	model_resize(slot, area, limit);
	leave_slot(slot);
}

void step_reset(struct actor *actor)
{
	struct model_slot *slot = take_slot(actor);

	log_step(actor, "slot %u: reset", slot->index);
	expect(actor, 0, do_reset(&actor->world->pool, slot->index));
	model_reset(slot);
	slot->resets++;
	leave_slot(slot);
}

/* Sometimes the vector has one slot twice. */
void step_reset_many(struct actor *actor)
{
	struct world *world = actor->world;
	uint32_t slots[SLOTS + 1];
	struct guardslot_reset cmd = { .slots = (uintptr_t)slots };
	uint64_t chosen = any(actor);

	lock_all(world);
	for (uint32_t i = 0; i < SLOTS; i++)
		if (chosen >> i & 1 && !world->slots[i].idle)
			slots[cmd.count++] = i;
	if (cmd.count && chosen >> 20 & 1) {
		slots[cmd.count] = slots[0];
		cmd.count++;
	}
	log_step(actor, "reset of %u slots", cmd.count);
	expect(actor, 0, do_reset_cmd(&world->pool, &cmd));
	expect(actor, cmd.count, cmd.out_done);
	for (uint32_t i = 0; i < cmd.count; i++) {
		model_reset(&world->slots[slots[i]]);
		world->slots[slots[i]].resets++;
	}
	unlock_all(world);
}

void step_rebind(struct actor *actor)
{
	struct model_image *image = image_pick(actor);
	struct model_slot *slot = take_slot(actor);
	int ret;

	log_step(actor, "slot %u: bind to %u", slot->index, image ? image->id : 0);
	ret = do_rebind(&actor->world->pool, slot->index, image ? image->id : GUARDSLOT_IMAGE_NONE);
	if (ret == -ENOENT && image && atomic_load(&image->destroyed)) {
		/* Another thread has destroyed it meanwhile. */
		image_put(image);
	} else {
		expect(actor, 0, ret);
		model_bind(slot, image);
		model_reset(slot);
		slot->resets++;
	}
	leave_slot(slot);
}

/* Content at any byte, with pages of zeroes in it. */
void step_image_create(struct actor *actor)
{
	struct model_image *image = image_alloc(actor);
	struct guardslot_image_create cmd = { .tag = image->tag };

	for (uint32_t area = 0; area < AREAS; area++) {
		uint64_t limit = below(actor, shape[area].max + 1), at, length;
		uint8_t *content = image->content[area];

		image->limits[area] = limit;
		cmd.areas[area].limit = limit * PAGE;
		if (!limit || below(actor, 4) == 0)
			continue;
		at = below(actor, limit * PAGE);
		length = 1 + below(actor, limit * PAGE - at);
		fill_random(actor, content + at, length);
		for (uint64_t page = 0; page < limit; page++)
			if (below(actor, 3) == 0)
				memset(content + page * PAGE, 0, PAGE);
		cmd.areas[area].source = (uintptr_t)content + at;
		cmd.areas[area].offset = at;
		cmd.areas[area].length = length;
	}
	expect(actor, 0, do_image_create(&actor->world->pool, &cmd));
	image->id = cmd.out_image;
	log_step(actor, "image %u created", image->id);
	if (!image_publish(actor, image)) {
		expect(actor, 0, do_image_destroy(&actor->world->pool, image->id));
		image_put(image);
	}
}

void step_snapshot(struct actor *actor)
{
	struct model_image *image = image_alloc(actor);
	struct model_slot *slot = take_slot(actor);

	expect(actor, 0,
	       do_image_snapshot(&actor->world->pool, slot->index, image->tag, &image->id));
	log_step(actor, "slot %u: snapshot is image %u", slot->index, image->id);
	for (uint32_t area = 0; area < AREAS; area++) {
		image->limits[area] = slot->limits[area];
		memcpy(image->content[area], slot->content[area], slot->limits[area] * PAGE);
	}
	leave_slot(slot);
	if (!image_publish(actor, image)) {
		expect(actor, 0, do_image_destroy(&actor->world->pool, image->id));
		image_put(image);
	}
}

void step_image_destroy(struct actor *actor)
{
	struct model_image *image = image_unpublish(actor);

	if (!image)
		return;
	log_step(actor, "image %u destroyed", image->id);
	/* Set first: a thread that sees ENOENT must see this. */
	atomic_store(&image->destroyed, true);
	expect(actor, 0, do_image_destroy(&actor->world->pool, image->id));
	expect(actor, -ENOENT, do_image_destroy(&actor->world->pool, image->id));
	image_put(image);
}

void step_query(struct actor *actor)
{
	struct model_slot *slot = take_slot(actor);
	struct guardslot_query query;
	uint64_t pages = 0, most = 0;

	log_step(actor, "slot %u: query", slot->index);
	expect(actor, 0, do_query(&actor->world->pool, slot->index, &query));
	expect(actor, slot->image ? slot->image->id : GUARDSLOT_IMAGE_NONE, query.out_image);
	expect(actor, slot->image ? (long)slot->image->tag : 0, (long)query.out_tag);
	expect(actor, GUARDSLOT_ACTIVE, query.out_state);
	expect(actor, (long)slot->resets, (long)query.out_resets);
	expect(actor, (long)slot->purges, (long)query.out_purges);
	for (uint32_t area = 0; area < AREAS; area++) {
		expect(actor, (long)(slot->limits[area] * PAGE), (long)query.out_limit[area]);
		pages += slot->limits[area];
		most += actor->world->pool.geometry.areas[area].max / PAGE;
	}
	/* Private pages may be kept past the limits, those of an image never. */
	if (query.out_shared_pages > pages ||
	    query.out_resident_pages + query.out_shared_pages > most)
		model_fail(actor, "slot %u: %u private and %u shared pages within %lu of %lu",
			   slot->index, query.out_resident_pages, query.out_shared_pages,
			   (unsigned long)pages, (unsigned long)most);
	leave_slot(slot);
}

/* How resets find what they copy, of all slots and from now on; mostly they look. */
void step_reset_mode(struct actor *actor)
{
	int mode = below(actor, 4) ? MODE_LOOK : (int)below(actor, 2);

	log_step(actor, "reset_mode %d", mode);
	set_reset_mode(mode);
}
