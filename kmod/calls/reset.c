// SPDX-License-Identifier: GPL-2.0-only
/*
 * RESET: slots read as their image again.
 *
 * In the steady state, with the same image and limits as before, a reset copies private
 * pages and does nothing else: all of them, or only what was written, which takes the
 * three phases of dirty.c. Nothing here that can fail is needed, and so a reset cannot
 * fail once its arguments are right.
 */
#include <linux/bitmap.h>

#include "calls/calls.h"
#include "calls/vector.h"
#include "engine/dirty.h"
#include "engine/limit.h"
#include "engine/poison.h"
#include "engine/residency.h"
#include "engine/trace.h"
#include "objects/cancel.h"
#include "objects/image.h"
#include "objects/pool.h"
#include "objects/resident.h"

#define OUT_DONE offsetof(struct guardslot_reset, out_done)

/*
 * @image: what to bind to, if @rebind; NULL: none
 * @vector: a chunk of it is in memory
 * @pending: of the chunk, slots whose last phase is still to come
 * @failures: how often memory had failed when the call began
 */
struct reset {
	struct gs_pool *pool;
	bool rebind;
	struct gs_image *image;
	struct gs_dirty dirty;
	struct gs_vector vector;
	DECLARE_BITMAP(pending, GS_VECTOR_CHUNK);
	u16 failures;
};

/* What becomes of a slot in the first phase, beside -EHWPOISON: its image has lost a page. */
enum {
	IS_RESET,
	IS_PENDING,
};

static __always_inline void count_reset(struct gs_pool *pool, struct gs_slot *slot)
{
	slot->counters.resets++;
	if (trace_guardslot_reset_enabled())
		trace_guardslot_reset(pool, slot, gs_resident_count(slot));
}

/*
 * The first phase, and the only one where all pages are copied; so it is for a slot whose
 * image has lost a page, of which nothing of the last tenant stays either. IS_PENDING when
 * only what was written is to be copied, and the slot is not reset before that.
 */
static __always_inline int reset_locked(struct reset *reset, struct gs_slot *slot, bool rebind)
{
	struct gs_pool *pool = reset->pool;
	int error = 0;

	lockdep_assert_held(&slot->lock);
	if (rebind) {
		gs_image_get(reset->image);
		gs_residency_rebind(pool, slot, reset->image);
		gs_limit_rebind(pool, slot);
	} else {
		gs_limit_reset(pool, slot);
	}
	if (unlikely(gs_poison_sweep(pool, slot, reset->failures, rebind)))
		error = -EHWPOISON;
	if (gs_resident_count(slot) > pool->keep_resident)
		gs_residency_trim(pool, slot, pool->keep_resident);
	/* Another image has other content, also where nothing was written. */
	if (!rebind && !error && gs_dirty_collect(pool, slot, &reset->dirty))
		return IS_PENDING;
	if (unlikely(reset->dirty.mm))
		__gs_dirty_add_work(pool, &reset->dirty,
				    GS_DIRTY_COPY_WORK * gs_resident_count(slot));
	gs_resident_restore(slot);
	if (unlikely(gs_poison_finish(pool, slot)))
		error = -EHWPOISON;
	count_reset(pool, slot);
	return error ? error : IS_RESET;
}

/* Not while the mmap lock is held, for whoever has the slot may have it for long. */
static void lock_slot(struct reset *reset, struct gs_slot *slot)
{
	if (reset->dirty.mm) {
		if (mutex_trylock(&slot->lock))
			return;
		gs_dirty_flush(reset->pool, &reset->dirty);
	}
	mutex_lock(&slot->lock);
}

/*
 * Whether pages may be taken away before they are copied or looked at. How long that takes
 * depends on page tables, mappings and images, of which nothing is known here.
 */
static bool may_take_pages(struct gs_pool *pool, const struct gs_slot *slot)
{
	return slot->resized || slot->parked || gs_resident_count(slot) > pool->keep_resident;
}

/* A sweep goes through the slot's pages, and those of its image if these are not known. */
static void begin_sweep(struct reset *reset, struct gs_slot *slot)
{
	if (gs_image_is_sound(slot->image, reset->failures))
		gs_dirty_add_work(reset->pool, &reset->dirty, 2 * gs_resident_count(slot));
	else
		gs_dirty_flush(reset->pool, &reset->dirty);
}

/* While the mmap lock is held. */
static noinline int reset_slot_locked_mm(struct reset *reset, struct gs_slot *slot)
{
	struct gs_pool *pool = reset->pool;
	struct gs_image *old = NULL;
	bool rebind;
	int ret;

	lock_slot(reset, slot);
	rebind = reset->rebind && slot->image != reset->image;
	if (rebind)
		old = slot->image;
	if (rebind || may_take_pages(pool, slot))
		gs_dirty_flush(pool, &reset->dirty);
	else if (gs_poison_is_due(slot, reset->failures, false))
		begin_sweep(reset, slot);
	ret = reset_locked(reset, slot, rebind);
	mutex_unlock(&slot->lock);
	if (old)
		gs_image_put(old);
	return ret;
}

static __always_inline int reset_slot(struct reset *reset, struct gs_slot *slot, bool may_rebind)
{
	struct gs_image *old = NULL;
	bool rebind;
	int ret;

	if (reset->dirty.mm)
		return reset_slot_locked_mm(reset, slot);
	mutex_lock(&slot->lock);
	rebind = may_rebind && slot->image != reset->image;
	if (rebind)
		old = slot->image;
	ret = reset_locked(reset, slot, rebind);
	mutex_unlock(&slot->lock);
	if (old)
		gs_image_put(old);
	return ret;
}

static int finish_slot(struct reset *reset, struct gs_slot *slot)
{
	int ret;

	mutex_lock(&slot->lock);
	gs_dirty_copy(slot, &reset->dirty);
	ret = gs_poison_finish(reset->pool, slot);
	count_reset(reset->pool, slot);
	mutex_unlock(&slot->lock);
	return ret;
}

/*
 * The last phase of slots up to *@at. It comes whatever happens, too: their limits are reset
 * by now, and without it such a slot would be reset by half. Where one failed, *@at is the
 * first of those afterwards.
 */
static int finish(struct reset *reset, u32 *at)
{
	u32 end = *at;
	unsigned long i;
	int error = 0;

	for_each_set_bit(i, reset->pending, end) {
		int ret = finish_slot(reset, gs_vector_slot(&reset->vector, i));

		if (ret) {
			error = ret;
			*at = min_t(u32, *at, i);
		}
		cond_resched();
	}
	return error;
}

/*
 * Resets slots of the chunk, from number *@at on, until the work under the mmap lock is
 * enough, and moves *@at past those that are reset. The flush comes whatever happens.
 */
static __always_inline int reset_some(struct reset *reset, u32 *at, unsigned long end,
				      bool may_rebind)
{
	bool pending = false;
	unsigned long i;
	int ret, error;

	ret = gs_dirty_begin(&reset->dirty, end - *at);
	if (ret)
		return ret;
	bitmap_zero(reset->pending, GS_VECTOR_CHUNK);
	for (i = *at; i < end && reset->dirty.work < GS_DIRTY_WORK; i++) {
		if (gs_cancel_is_due())
			break;
		ret = reset_slot(reset, gs_vector_slot(&reset->vector, i), may_rebind);
		if (unlikely(ret < 0))
			break;
		if (ret == IS_PENDING) {
			__set_bit(i, reset->pending);
			pending = true;
		}
		cond_resched();
	}
	gs_dirty_flush(reset->pool, &reset->dirty);
	*at = i;
	error = pending ? finish(reset, at) : 0;
	if (unlikely(error))
		return error;
	if (unlikely(ret < 0))
		return ret;
	return *at < end && gs_cancel_is_due() ? -EINTR : 0;
}

static noinline int reset_to_image(struct reset *reset, u32 *at, unsigned long end)
{
	return reset_some(reset, at, end, true);
}

/* A function of its own, so that what the steady state does has the registers to itself. */
static noinline int reset_as_bound(struct reset *reset, u32 *at, unsigned long end)
{
	return reset_some(reset, at, end, false);
}

/*
 * *done counts the slots that are reset. -EINTR: the call has to end early; -EHWPOISON: the
 * image of the slot after them has lost a page.
 */
static int reset_all(struct reset *reset, u32 *done)
{
	u32 start, at;

	*done = 0;
	for (start = 0; start < reset->vector.count; start += GS_VECTOR_CHUNK) {
		int count = gs_vector_load(&reset->vector, start);

		if (count < 0)
			return count;
		for (at = 0; at < count;) {
			int ret = reset->rebind ? reset_to_image(reset, &at, count) :
						  reset_as_bound(reset, &at, count);

			*done = start + at;
			if (ret)
				return ret;
		}
	}
	return 0;
}

int gs_call_reset(struct gs_cmd *cmd)
{
	struct guardslot_reset *args = &cmd->arg.reset;
	/* It is long, and no member is read before it is written. */
	struct reset reset __uninitialized;
	int ret;

	if (args->__reserved)
		return -EOPNOTSUPP;
	reset.pool = cmd->pool;
	reset.rebind = args->flags & GUARDSLOT_RESET_REBIND;
	reset.image = NULL;
	reset.failures = gs_compat_memory_failures();
	if (args->image && !reset.rebind)
		return -EINVAL;
	ret = gs_vector_init(&reset.vector, cmd->pool, args->slots, args->count);
	if (ret)
		return ret;
	ret = gs_cmd_probe_done(cmd, OUT_DONE);
	if (ret)
		return ret;
	if (args->image) {
		reset.image = gs_image_table_find(&cmd->pool->images, args->image);
		if (!reset.image)
			return -ENOENT;
	}

	ret = reset_all(&reset, &args->out_done);
	gs_image_put(reset.image);
	return gs_cmd_finish_done(cmd, OUT_DONE, ret);
}
