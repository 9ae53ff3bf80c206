// SPDX-License-Identifier: MIT
/*
 * Pooled slots between two instances: how they are given back, taken, bound and purged.
 */
#include <errno.h>
#include <inttypes.h>
#include <sched.h>

#include "allocator/module_limits.h"
#include "allocator/pooled_slot.h"
#include "base/error.h"
#include "instance/limiter.h"
#include "slots/claim.h"

#define PURGE_VECTOR 64
/* Another try may succeed. It is no errno, as a limiter may return any. */
#define TRY_AGAIN 1

/* ---- give back ------------------------------------------------------------------- */

/* Forgets the binding of a slot that is bound to nothing from now on. */
static void slot_unbind(struct shim_pooling *p, uint32_t slot)
{
	shim_binding_put(p->slots[slot].binding);
	p->slots[slot].binding = NULL;
}

static void slot_poison(struct shim_pooling *p, uint32_t slot, int error)
{
	atomic_store(&p->reset_error, error);
	slot_unbind(p, slot);
	shim_slot_index_poison(p->index, slot);
}

/* Makes a slot unused with nothing resident and bound to nothing, or poisons it. */
static void slot_empty(struct shim_pooling *p, uint32_t slot)
{
	int error = shim_slot_rebind(p->pool, &slot, 1, SHIM_IMAGE_NONE, NULL);

	if (!error)
		error = shim_slot_purge(p->pool, &slot, 1, NULL);
	if (error) {
		slot_poison(p, slot, error);
		return;
	}
	slot_unbind(p, slot);
	shim_slot_index_free_cold(p->index, slot);
}

/* Makes a slot that shows its image unused; it stays bound unless its module was purged. */
static void slot_keep(struct shim_pooling *p, uint32_t slot)
{
	struct shim_pooled_slot *pooled = &p->slots[slot];
	uint64_t purges = atomic_load(&p->purges), module;
	int error;

	if (!pooled->binding || atomic_load(&pooled->binding->purged)) {
		slot_empty(p, slot);
		return;
	}
	error = shim_slot_set_idle(p->pool, slot);
	if (error) {
		slot_poison(p, slot, error);
		return;
	}
	module = pooled->binding->module_id;
	pooled->idle = true;
	shim_slot_index_free(p->index, slot, module);
	/* From here on another thread may have the slot. What fails is poisoned. */
	if (atomic_load(&p->purges) != purges)
		shim_pooled_purge(p, module);
}

/* Gives back a slot that was taken and not written. */
static void slot_put_back(struct shim_pooling *p, uint32_t slot)
{
	if (p->slots[slot].binding)
		slot_keep(p, slot);
	else
		shim_slot_index_free_cold(p->index, slot);
}

void shim_pooled_reset(void *pooling, const uint32_t *slots, uint32_t count)
{
	struct shim_pooling *p = pooling;

	while (count) {
		uint32_t done = 0;
		int error = shim_slot_reset(p->pool, slots, count, &done);

		for (uint32_t i = 0; i < done; i++)
			slot_keep(p, slots[i]);
		/* The slots after the one that failed were not tried. */
		if (error && done < count)
			slot_poison(p, slots[done++], error);
		slots += done;
		count -= done;
	}
}

/* ---- take ------------------------------------------------------------------------ */

/*
 * Claims a slot. The kernel may have it for a moment, to reclaim its pages. An error where a
 * purge of idle slots failed on it and left it unusable.
 */
static int slot_claim(struct shim_pooling *p, uint32_t slot)
{
	struct shim_pooled_slot *pooled = &p->slots[slot];
	int error;

	if (!pooled->idle)
		return 0;
	while ((error = shim_slot_claim(p->pool, slot))) {
		if (shim_slot_is_active(p->pool, slot))
			return error;
		sched_yield();
	}
	pooled->idle = false;
	return 0;
}

/* The next slot of the index that can be claimed. */
static uint32_t slot_next(struct shim_pooling *p, uint64_t module,
			  uint32_t (*next)(struct shim_slot_index *index, uint64_t module))
{
	uint32_t slot = next(p->index, module);
	int error;

	while (slot != SHIM_SLOT_INDEX_NONE && (error = slot_claim(p, slot))) {
		slot_poison(p, slot, error);
		slot = next(p->index, module);
	}
	return slot;
}

/* Resets slots that wait, some of one shard after the other, until one can be taken. */
static uint32_t slot_help(struct shim_pooling *p, uint64_t module)
{
	uint32_t slot = SHIM_SLOT_INDEX_NONE;

	if (!p->resets)
		return slot_next(p, module, shim_slot_index_alloc);
	for (uint32_t i = 0; slot == SHIM_SLOT_INDEX_NONE && i < shim_resets_shards(p->resets);
	     i++) {
		shim_resets_help(p->resets, i);
		slot = slot_next(p, module, shim_slot_index_alloc);
	}
	return slot;
}

/*
 * Searches all shards after the first search found no slot. That does not mean that all
 * are in use while other threads free slots: a slot may be in the hands of a reset or a
 * purge, or may have been freed in a shard after this thread had searched it. All are in
 * use when a search fails during which no slot was on its way and none was freed.
 */
static uint32_t slot_search(struct shim_pooling *p, uint64_t module)
{
	for (;;) {
		uint64_t frees = shim_slot_index_frees(p->index);
		uint32_t slot = slot_help(p, module);

		if (slot != SHIM_SLOT_INDEX_NONE)
			return slot;
		if (!(p->resets && shim_resets_are_busy(p->resets)) && !atomic_load(&p->purging) &&
		    shim_slot_index_frees(p->index) == frees)
			return slot;
		sched_yield();
	}
}

static int slot_take(struct shim_pooling *p, uint64_t module, uint32_t *slot)
{
	*slot = slot_next(p, module, shim_slot_index_alloc);
	if (*slot == SHIM_SLOT_INDEX_NONE)
		*slot = slot_search(p, module);
	if (*slot != SHIM_SLOT_INDEX_NONE)
		return 0;
	return shim_error_set(-EBUSY, "maximum concurrent instance limit of %" PRIu32 " reached",
			      p->allocator.config.instances);
}

/* ---- prepare --------------------------------------------------------------------- */

static bool slot_is_bound(const struct shim_pooling *p, uint32_t slot, uint64_t module)
{
	const struct shim_binding *binding = p->slots[slot].binding;

	return binding && binding->module_id == module &&
	       !atomic_load_explicit(&binding->purged, memory_order_acquire);
}

/* Binds a slot that was taken. On an error the slot is unused or poisoned. */
static int slot_bind(struct shim_pooling *p, uint32_t slot, struct shim_binding *binding)
{
	int error = shim_slot_rebind(p->pool, &slot, 1, binding->image, NULL);

	if (error) {
		slot_empty(p, slot);
		return error;
	}
	slot_unbind(p, slot);
	shim_binding_get(binding);
	p->slots[slot].binding = binding;
	return 0;
}

/*
 * Makes the binding of a module that had none when the limiter was asked. TRY_AGAIN: by now
 * it has one of a snapshot, with sizes that the limiter has not seen.
 */
static int binding_make(struct shim_pooling *p, struct shim_module *module,
			struct shim_binding **out)
{
	int error = shim_binding_table_get(&p->bindings, module, out);

	if (error)
		return error;
	if (!(*out)->snapshot)
		return 0;
	shim_binding_put(*out);
	return TRY_AGAIN;
}

/* A reference to the binding of the module, once limits and limiter allow an instance. */
static int binding_get(struct shim_pooling *p, const struct shim_instance_request *request,
		       struct shim_binding **out)
{
	struct shim_binding *binding;
	int error = shim_module_limits_check(request->module, &p->allocator.config);

	if (error)
		return error;
	binding = shim_binding_table_find(&p->bindings, request->module->id);
	error = shim_limiter_check(request, binding ? binding->snapshot : NULL);
	if (error)
		goto put_binding;
	if (!binding)
		return binding_make(p, request->module, out);
	*out = binding;
	return 0;
put_binding:
	shim_binding_put(binding);
	return error;
}

/* Prepares a slot that was taken, or gives it back. May be TRY_AGAIN. */
static int slot_prepare(struct shim_pooling *p, uint32_t slot,
			const struct shim_instance_request *request)
{
	struct shim_binding *binding;
	int error;

	if (slot_is_bound(p, slot, request->module->id)) {
		error = shim_limiter_check(request, p->slots[slot].binding->snapshot);
		if (error)
			goto put_back;
		return 0;
	}
	error = binding_get(p, request, &binding);
	if (error)
		goto put_back;
	error = slot_bind(p, slot, binding);
	/* A module that is purged meanwhile gets a new image. */
	if (error == -ENOENT && atomic_load(&binding->purged))
		error = TRY_AGAIN;
	shim_binding_put(binding);
	return error;
put_back:
	slot_put_back(p, slot);
	return error;
}

int shim_pooled_prepare(struct shim_pooling *p, const struct shim_instance_request *request,
			uint32_t *slot)
{
	int error;

	do {
		error = slot_take(p, request->module->id, slot);
		if (error)
			return error;
		error = slot_prepare(p, *slot, request);
	} while (error == TRY_AGAIN);
	return error;
}

/* ---- purge ----------------------------------------------------------------------- */

/* Purges slots whose image was dropped; they are bound to nothing then. */
static int slots_purge(struct shim_pooling *p, const uint32_t *slots, uint32_t count)
{
	int first_error = 0;

	while (count) {
		uint32_t done = 0;
		int error = shim_slot_purge(p->pool, slots, count, &done);

		for (uint32_t i = 0; i < done; i++) {
			slot_unbind(p, slots[i]);
			shim_slot_index_free_cold(p->index, slots[i]);
		}
		/* The slots after the one that failed were not tried. */
		if (error && done < count)
			slot_poison(p, slots[done++], error);
		if (!first_error)
			first_error = error;
		slots += done;
		count -= done;
	}
	return first_error;
}

/*
 * Takes the next unused slot of a module whose image was dropped. A slot that shows a
 * newer image, of a snapshot or of a module that was used again, is emptied by itself:
 * a purge takes a slot from an image only if that was dropped.
 */
static uint32_t slot_next_dropped(struct shim_pooling *p, uint64_t module)
{
	for (;;) {
		uint32_t slot = slot_next(p, module, shim_slot_index_alloc_affine);

		if (slot == SHIM_SLOT_INDEX_NONE || !slot_is_bound(p, slot, module))
			return slot;
		slot_empty(p, slot);
	}
}

/* Takes as many of them as there are, at most a vector. */
static uint32_t slots_next_dropped(struct shim_pooling *p, uint64_t module, uint32_t *slots)
{
	uint32_t count;

	for (count = 0; count < PURGE_VECTOR; count++) {
		slots[count] = slot_next_dropped(p, module);
		if (slots[count] == SHIM_SLOT_INDEX_NONE)
			break;
	}
	return count;
}

int shim_pooled_purge(struct shim_pooling *p, uint64_t module)
{
	uint32_t slots[PURGE_VECTOR], count;
	int first_error = 0, error;

	atomic_fetch_add(&p->purging, 1);
	do {
		count = slots_next_dropped(p, module, slots);
		error = slots_purge(p, slots, count);
		if (!first_error)
			first_error = error;
	} while (count == PURGE_VECTOR);
	atomic_fetch_sub(&p->purging, 1);
	return first_error;
}
