// SPDX-License-Identifier: MIT
// Over random calls the index chooses what a plain search by the rules chooses.
#include "slot_index.h"
#include "soak.h"

#define SLOTS 24

enum state { COLD, WARM, USED, POISONED };

/* The rules, slot by slot; a time is when the slot became what it is. */
struct model {
	uint32_t slots;
	uint32_t max_warm;
	uint64_t now;
	enum state state[SLOTS];
	uint64_t time[SLOTS];
	uint64_t module[SLOTS];
};

static uint32_t count(const struct model *model, enum state state)
{
	uint32_t found = 0;

	for (uint32_t i = 0; i < model->slots; i++)
		found += model->state[i] == state;
	return found;
}

/* The slot in this state that came to it first; with a module, last. */
static uint32_t find(const struct model *model, enum state state, uint64_t module)
{
	uint32_t found = NONE;

	for (uint32_t i = 0; i < model->slots; i++) {
		if (model->state[i] != state)
			continue;
		if (module && model->module[i] != module)
			continue;
		if (found == NONE || (model->time[i] < model->time[found]) == !module)
			found = i;
	}
	return found;
}

static uint32_t choose(const struct model *model, uint64_t module)
{
	uint32_t slot = module ? find(model, WARM, module) : NONE;

	if (slot == NONE && count(model, WARM) < model->max_warm)
		slot = find(model, COLD, 0);
	if (slot == NONE)
		slot = find(model, WARM, 0);
	if (slot == NONE)
		slot = find(model, COLD, 0);
	return slot;
}

static void put(struct model *model, uint32_t slot, enum state state, uint64_t module)
{
	model->state[slot] = state;
	model->module[slot] = module;
	model->time[slot] = ++model->now;
}

static void put_back(struct shim_slot_index *index, struct model *model, uint64_t *seed)
{
	uint32_t slot = random_below(seed, model->slots);
	uint64_t module = random_below(seed, 6);

	if (model->state[slot] != USED)
		return;
	switch (random_below(seed, 40)) {
	case 0:
		shim_slot_index_poison(index, slot);
		put(model, slot, POISONED, 0);
		break;
	case 1 ... 6:
		shim_slot_index_free_cold(index, slot);
		put(model, slot, COLD, 0);
		break;
	default:
		shim_slot_index_free(index, slot, module);
		put(model, slot, WARM, module);
	}
}

static void step(struct shim_slot_index *index, struct model *model, uint64_t *seed)
{
	uint64_t module = random_below(seed, 6);
	uint32_t slot;

	switch (random_below(seed, 8)) {
	case 0 ... 2:
		slot = choose(model, module);
		test_eq(shim_slot_index_alloc(index, module), slot);
		break;
	case 3:
		slot = find(model, WARM, module + 1);
		test_eq(shim_slot_index_alloc_affine(index, module + 1), slot);
		break;
	default:
		put_back(index, model, seed);
		return;
	}
	if (slot != NONE)
		put(model, slot, USED, 0);
}

static void check(uint64_t seed)
{
	struct model model = { .slots = 1 + random_below(&seed, SLOTS) };
	struct shim_slot_index_counts counts;
	struct shim_slot_index *index;

	model.max_warm = random_below(&seed, model.slots + 3);
	for (uint32_t i = 0; i < model.slots; i++)
		model.time[i] = ++model.now;
	index = index_create(model.slots, model.max_warm, 1);
	for (uint32_t i = 0; i < 2000; i++) {
		step(index, &model, &seed);
		counts = counts_of(index);
		test_eq(counts.used, count(&model, USED));
		test_eq(counts.unused_warm, count(&model, WARM));
		test_eq(counts.unused_cold, count(&model, COLD));
		test_eq(counts.poisoned, count(&model, POISONED));
	}
	shim_slot_index_destroy(index);
}

TEST("200 times 2000 random calls, against a plain search")
{
	uint64_t seed = soak_start(200);
	long round;

	for (round = 0; soak_goes_on(round); round++)
		check(seed + (uint64_t)round);
	soak_end(round);
}

TEST_MAIN()
