// SPDX-License-Identifier: MIT
/* Makes the pool of the model test, and compares it with the model at the end. */
#include "world.h"

#include "actor.h"
#include "claim.h"
#include "model_image.h"
#include "model_slot.h"
#include "pool.h"

void world_make(struct world *world, uint32_t flags, uint64_t keep_pages)
{
	struct guardslot_create geometry = {
		.flags = flags,
		.slots = SLOTS + WILD_SLOTS,
		.area_count = AREAS,
		.pre_guard = 2 * PAGE,
		.keep_resident = keep_pages * PAGE,
	};

	for (uint32_t area = 0; area < AREAS; area++)
		geometry.areas[area] = (struct guardslot_area){
			shape[area].reserve * PAGE,
			shape[area].guard * PAGE,
			shape[area].max * PAGE,
			shape[area].initial * PAGE,
		};
	world->pool = pool_map(&geometry);
	world->mem = open("/proc/self/mem", O_RDWR | O_CLOEXEC);
	test_sys(world->mem);
	pthread_mutex_init(&world->images_lock, NULL);
	for (uint32_t i = 0; i < SLOTS; i++) {
		struct model_slot *slot = &world->slots[i];

		pthread_mutex_init(&slot->lock, NULL);
		slot->index = i;
		for (uint32_t area = 0; area < AREAS; area++)
			slot->content[area] = pages_alloc(area);
		model_reset(slot);
	}
}

void world_end(struct world *world)
{
	struct actor actor;

	actor_init(&actor, world, 99);
	for (uint32_t i = 0; i < SLOTS; i++) {
		if (world->slots[i].idle)
			claim_own(&world->pool, i);
		check_slot(&actor, &world->slots[i]);
	}
	pool_close(&world->pool);
}
