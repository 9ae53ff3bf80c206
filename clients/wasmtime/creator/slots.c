// SPDX-License-Identifier: MIT
/*
 * Which slot a memory gets: one that holds the image and was reset, else one that is bound to
 * it. A slot is on one list at a time, or with a memory, or in waiting, or with a thread that
 * resets or binds it, so no two memories get the same.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "creator/creator.h"
#include "seam/pool.h"

static void push(struct shim_wasmtime *wasmtime, uint32_t *list, uint32_t slot)
{
	wasmtime->slots[slot].next = *list;
	*list = slot;
}

static uint32_t pop(struct shim_wasmtime *wasmtime, uint32_t *list)
{
	uint32_t slot = *list;

	if (slot != SLOT_NONE)
		*list = wasmtime->slots[slot].next;
	return slot;
}

static int vector(struct shim_wasmtime *wasmtime,
		  int (*call)(struct shim_pool *, const uint32_t *, uint32_t, uint32_t *),
		  const uint32_t *slots, uint32_t count, uint32_t *done)
{
	int error;

	*done = 0;
	seam_inside++;
	error = call(wasmtime->pool, slots, count, done);
	seam_inside--;
	return error;
}

/* The slots that the thread had are on their lists. Under the lock. */
static void resetting_end(struct shim_wasmtime *wasmtime)
{
	wasmtime->resetting--;
	pthread_cond_broadcast(&wasmtime->settled);
}

/* ---- modules ------------------------------------------------------------------------ */

/* Nobody can have a memory of it any more. Under the lock, which is not held meanwhile. */
static void module_free(struct shim_wasmtime_module *module)
{
	struct shim_wasmtime *wasmtime = module->wasmtime;
	struct shim_wasmtime_module **link = &wasmtime->modules;
	uint32_t list = module->clean, slot, done;

	while (*link != module)
		link = &(*link)->next;
	*link = module->next;
	wasmtime->resetting++;
	pthread_mutex_unlock(&wasmtime->lock);
	/* First, as a slot that is purged stays bound to an image that is there. */
	seam_inside++;
	(void)!shim_image_destroy(wasmtime->pool, module->image);
	seam_inside--;
	for (slot = list; slot != SLOT_NONE; slot = wasmtime->slots[slot].next)
		(void)vector(wasmtime, shim_slot_purge, &slot, 1, &done);
	creator_module_free(module);
	pthread_mutex_lock(&wasmtime->lock);
	while ((slot = pop(wasmtime, &list)) != SLOT_NONE)
		push(wasmtime, &wasmtime->unbound, slot);
	resetting_end(wasmtime);
}

static void user_gone(struct shim_wasmtime_module *module)
{
	if (!--module->users)
		module_free(module);
}

/* ---- dropped slots -------------------------------------------------------------------- */

/* Those before done hold their image. Under the lock. */
static void settle(struct shim_wasmtime *wasmtime, const uint32_t *slots, uint32_t count,
		   uint32_t done)
{
	for (uint32_t i = 0; i < count; i++) {
		struct shim_wasmtime_module *module = wasmtime->slots[slots[i]].module;

		push(wasmtime, i < done ? &module->clean : &wasmtime->unbound, slots[i]);
		user_gone(module);
	}
}

/* Resets all that wait. Under the lock, which is not held meanwhile. */
static void flush(struct shim_wasmtime *wasmtime)
{
	uint32_t count = wasmtime->waiting_count, done;
	uint32_t slots[SHIM_MAX_RESET_BATCH];

	if (!count)
		return;
	memcpy(slots, wasmtime->waiting, count * sizeof(*slots));
	wasmtime->waiting_count = 0;
	wasmtime->resetting++;
	pthread_mutex_unlock(&wasmtime->lock);
	if (!vector(wasmtime, shim_slot_reset, slots, count, &done))
		done = count;
	pthread_mutex_lock(&wasmtime->lock);
	settle(wasmtime, slots, count, done);
	resetting_end(wasmtime);
}

void creator_slot_drop(struct creator_slot *slot)
{
	struct shim_wasmtime *wasmtime = slot->wasmtime;

	pthread_mutex_lock(&wasmtime->lock);
	wasmtime->waiting[wasmtime->waiting_count++] = (uint32_t)(slot - wasmtime->slots);
	if (wasmtime->waiting_count == wasmtime->config.reset_batch || slot->module->is_given_back)
		flush(wasmtime);
	pthread_mutex_unlock(&wasmtime->lock);
	creator_put(wasmtime);
}

/* What waits may be the module's, and no other memory of it has to come that fills a batch. */
void creator_module_give_back(struct shim_wasmtime_module *module)
{
	struct shim_wasmtime *wasmtime = module->wasmtime;

	pthread_mutex_lock(&wasmtime->lock);
	module->is_given_back = true;
	if (module->users > 1)
		flush(wasmtime);
	user_gone(module);
	pthread_mutex_unlock(&wasmtime->lock);
}

/* ---- a slot for a memory ---------------------------------------------------------------- */

/* One that holds no image, or another one. Under the lock. */
static uint32_t other_get(struct shim_wasmtime *wasmtime)
{
	uint32_t slot = pop(wasmtime, &wasmtime->unbound);

	for (struct shim_wasmtime_module *module = wasmtime->modules; module && slot == SLOT_NONE;
	     module = module->next)
		slot = pop(wasmtime, &module->clean);
	return slot;
}

/* Under the lock, which is not held while other threads reset slots. */
static uint32_t find(struct shim_wasmtime_module *module, bool *is_bound)
{
	struct shim_wasmtime *wasmtime = module->wasmtime;
	uint32_t slot;

	for (;;) {
		slot = pop(wasmtime, &module->clean);
		*is_bound = slot != SLOT_NONE;
		if (slot == SLOT_NONE)
			slot = other_get(wasmtime);
		if (slot != SLOT_NONE || (!wasmtime->waiting_count && !wasmtime->resetting))
			return slot;
		if (wasmtime->waiting_count)
			flush(wasmtime);
		else
			pthread_cond_wait(&wasmtime->settled, &wasmtime->lock);
	}
}

static int bind(struct shim_wasmtime_module *module, uint32_t slot)
{
	struct shim_wasmtime *wasmtime = module->wasmtime;
	int error;

	seam_inside++;
	error = shim_slot_rebind(wasmtime->pool, &slot, 1, module->image, NULL);
	seam_inside--;
	if (!error)
		return 0;
	pthread_mutex_lock(&wasmtime->lock);
	push(wasmtime, &wasmtime->unbound, slot);
	user_gone(module);
	pthread_mutex_unlock(&wasmtime->lock);
	return error;
}

int creator_slot_take(struct shim_wasmtime_module *module, uint32_t *slot)
{
	struct shim_wasmtime *wasmtime = module->wasmtime;
	bool is_bound;
	int error;

	pthread_mutex_lock(&wasmtime->lock);
	*slot = find(module, &is_bound);
	if (*slot != SLOT_NONE) {
		wasmtime->slots[*slot].module = module;
		module->users++;
	}
	pthread_mutex_unlock(&wasmtime->lock);
	if (*slot == SLOT_NONE)
		return -ENOSPC;
	error = is_bound ? 0 : bind(module, *slot);
	if (!error)
		creator_get(wasmtime);
	return error;
}
