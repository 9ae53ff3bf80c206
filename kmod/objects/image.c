// SPDX-License-Identifier: GPL-2.0
/*
 * Images: the initial content and limits of slots.
 *
 * An image is built out of sight, answered to the caller, and only then
 * published under its id; after that its content never changes. It lives until
 * its id is destroyed and no slot is bound to it.
 */
#include <linux/highmem.h>
#include <linux/overflow.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "calls/cmd.h"
#include "engine/residency.h"
#include "objects/image.h"
#include "objects/pool.h"
#include "objects/slot.h"

/* An image counts as this many pages beside its content. */
#define IMAGE_TABLE_PAGES 1

static struct gs_image *image_alloc(struct gs_pool *pool, u64 tag)
{
	struct gs_image *image;
	struct gs_cap_hit hit = {};
	int ret = gs_account_charge_table(&pool->owner, IMAGE_TABLE_PAGES, &hit);

	gs_event_cap_reached(pool, &hit);
	if (ret)
		return ERR_PTR(ret);
	image = kzalloc(sizeof(*image), GFP_KERNEL_ACCOUNT);
	if (!image) {
		gs_account_uncharge_table(&pool->owner, IMAGE_TABLE_PAGES);
		return ERR_PTR(-ENOMEM);
	}
	kref_init(&image->ref);
	image->pool = pool;
	image->tag = tag;
	xa_init_flags(&image->pages, XA_FLAGS_ACCOUNT);
	gs_writeset_init(&image->write_set);
	return image;
}

static void image_release(struct kref *ref)
{
	struct gs_image *image = container_of(ref, struct gs_image, ref);
	unsigned long offset;
	struct page *page;

	xa_for_each(&image->pages, offset, page) {
		gs_account_free_page(&image->pool->image_pages, page);
		cond_resched();
	}
	xa_destroy(&image->pages);
	gs_writeset_uninit(&image->write_set);
	gs_account_uncharge_table(&image->pool->owner, IMAGE_TABLE_PAGES);
	kfree(image);
}

void gs_image_get(struct gs_image *image)
{
	if (image)
		kref_get(&image->ref);
}

/* May sleep for long: the last reference frees the content. */
void gs_image_put(struct gs_image *image)
{
	if (image)
		kref_put(&image->ref, image_release);
}

/* A reference to a published image, or NULL. */
struct gs_image *gs_image_find(struct gs_pool *pool, u32 id)
{
	struct gs_image *image;

	xa_lock(&pool->images);
	image = xa_load(&pool->images, id);
	if (image)
		kref_get(&image->ref);
	xa_unlock(&pool->images);
	return image;
}

/* The same for the image with that id or the next higher one, which *id becomes. */
struct gs_image *gs_image_find_next(struct gs_pool *pool, u32 *id)
{
	unsigned long index = *id;
	struct gs_image *image;

	xa_lock(&pool->images);
	image = xa_find(&pool->images, &index, INT_MAX, XA_PRESENT);
	if (image)
		kref_get(&image->ref);
	xa_unlock(&pool->images);
	*id = index;
	return image;
}

/* Changes with every image that comes or goes; never 0. */
u32 gs_image_generation(struct gs_pool *pool)
{
	u32 value;

	xa_lock(&pool->images);
	value = pool->image_generation;
	xa_unlock(&pool->images);
	return value;
}

/*
 * Before the array changes, and in the same critical section: a reader that saw
 * the change finds another generation afterwards.
 */
static void image_count_locked(struct gs_pool *pool, int change)
{
	lockdep_assert_held(&pool->images.xa_lock);
	pool->image_generation = pool->image_generation + 1 ?: 1;
	WRITE_ONCE(pool->image_count, pool->image_count + change);
}

/*
 * Reserves an id, answers it, publishes. *out_image is where the answer's id
 * goes. Takes over the caller's reference when it succeeds.
 */
static int image_publish(struct gs_image *image, struct gs_cmd *cmd, __u32 *out_image)
{
	struct xarray *images = &image->pool->images;
	int ret;

	ret = xa_alloc_cyclic(images, &image->id, XA_ZERO_ENTRY, XA_LIMIT(1, INT_MAX),
			      &image->pool->next_image, GFP_KERNEL_ACCOUNT);
	if (ret < 0)
		return ret == -EBUSY ? -ENOSPC : ret;

	*out_image = image->id;
	ret = gs_cmd_reply(cmd);
	if (ret) {
		xa_erase(images, image->id);
		return ret;
	}
	xa_lock(images);
	image_count_locked(image->pool, 1);
	/* Replaces the reservation, and so allocates nothing. */
	WARN_ON_ONCE(xa_err(__xa_store(images, image->id, image, GFP_NOWAIT)));
	xa_unlock(images);
	return 0;
}

static int image_insert(struct gs_image *image, unsigned long offset, struct page *page)
{
	int ret = xa_err(xa_store(&image->pages, offset, page, GFP_KERNEL_ACCOUNT));

	if (!ret)
		image->page_count++;
	return ret;
}

/*
 * Copies bytes from user space into the page at an offset of the slot. A page
 * that turns out to be all zero is not kept.
 */
static int image_fill_page(struct gs_image *image, unsigned long offset, unsigned int start,
			   const void __user *source, unsigned int length)
{
	struct gs_account *account = &image->pool->image_pages;
	struct gs_cap_hit hit = {};
	struct page *page = gs_account_alloc_page(account, &hit);
	void *data;
	int ret = 0;

	gs_event_cap_reached(image->pool, &hit);
	if (IS_ERR(page))
		return PTR_ERR(page);
	data = page_address(page);
	if (copy_from_user(data + start, source, length))
		ret = -EFAULT;
	else if (!memchr_inv(data, 0, PAGE_SIZE))
		goto free_page;
	else
		ret = image_insert(image, offset, page);
	if (!ret)
		return 0;

free_page:
	gs_account_free_page(account, page);
	return ret;
}

static int image_fill_area(struct gs_image *image, u32 area,
			   const struct guardslot_image_area *from)
{
	unsigned long first = image->pool->layout.areas[area].start;
	const u8 __user *source = u64_to_user_ptr(from->source);
	u64 at = from->offset, end = from->offset + from->length;

	while (at < end) {
		unsigned int start = offset_in_page(at);
		unsigned int length = min_t(u64, PAGE_SIZE - start, end - at);
		int ret;

		if (fatal_signal_pending(current))
			return -EINTR;
		ret = image_fill_page(image, first + (at >> PAGE_SHIFT), start, source, length);
		if (ret)
			return ret;
		source += length;
		at += length;
		cond_resched();
	}
	return 0;
}

static bool image_area_is_zero(const struct guardslot_image_area *area)
{
	return !(area->source | area->length | area->offset | area->limit);
}

static int image_check_area(const struct gs_layout_area *area,
			    const struct guardslot_image_area *from)
{
	u64 end;

	if (from->limit & ~PAGE_MASK || from->limit >> PAGE_SHIFT > area->max)
		return -EINVAL;
	if (check_add_overflow(from->offset, from->length, &end))
		return -EOVERFLOW;
	return end > from->limit ? -EINVAL : 0;
}

static int image_check(const struct gs_layout *layout, const struct guardslot_image_create *args)
{
	u32 i;

	if (args->__reserved)
		return -EOPNOTSUPP;
	for (i = 0; i < layout->area_count; i++) {
		int ret = image_check_area(&layout->areas[i], &args->areas[i]);

		if (ret)
			return ret;
	}
	for (; i < GUARDSLOT_MAX_AREAS; i++)
		if (!image_area_is_zero(&args->areas[i]))
			return -EINVAL;
	return 0;
}

int gs_image_create(struct gs_cmd *cmd)
{
	struct guardslot_image_create *args = &cmd->arg.image_create;
	struct gs_layout *layout = &cmd->pool->layout;
	struct gs_image *image;
	int ret;
	u32 i;

	ret = image_check(layout, args);
	if (ret)
		return ret;
	image = image_alloc(cmd->pool, args->tag);
	if (IS_ERR(image))
		return PTR_ERR(image);
	for (i = 0; i < layout->area_count; i++) {
		image->limits[i] = args->areas[i].limit >> PAGE_SHIFT;
		ret = image_fill_area(image, i, &args->areas[i]);
		if (ret)
			goto put_image;
	}
	ret = image_publish(image, cmd, &args->out_image);
	if (!ret)
		return 0;

put_image:
	gs_image_put(image);
	return ret;
}

static int image_copy_page(struct gs_image *image, unsigned long offset, void *data,
			   struct gs_cap_hit *hit)
{
	struct page *page;
	int ret;

	if (fatal_signal_pending(current))
		return -EINTR;
	cond_resched();
	if (!memchr_inv(data, 0, PAGE_SIZE))
		return 0;
	page = gs_account_alloc_page(&image->pool->image_pages, hit);
	if (IS_ERR(page))
		return PTR_ERR(page);
	copy_page(page_address(page), data);
	ret = image_insert(image, offset, page);
	if (ret)
		gs_account_free_page(&image->pool->image_pages, page);
	return ret;
}

/*
 * Copies what the slot shows now: its private pages, and where it has none the
 * content of its image as far as the limits let it show.
 */
static int image_copy_slot(struct gs_image *image, struct gs_slot *slot, struct gs_cap_hit *hit)
{
	const struct gs_layout *layout = &image->pool->layout;
	unsigned long offset;
	struct page *page;
	int ret;
	u32 i;

	lockdep_assert_held(&slot->lock);
	for (i = 0; i < slot->resident_count; i++) {
		/* Parked pages are of an earlier tenant's size. */
		if (!gs_slot_within_limits(image->pool, slot, slot->resident[i].offset))
			continue;
		ret = image_copy_page(image, slot->resident[i].offset, slot->resident[i].data, hit);
		if (ret)
			return ret;
	}
	for (i = 0; i < layout->area_count; i++) {
		unsigned long start = layout->areas[i].start;

		image->limits[i] = slot->limits[i];
		if (!slot->image || !slot->limits[i])
			continue;
		xa_for_each_range(&slot->image->pages, offset, page, start,
				  start + slot->limits[i] - 1) {
			if (gs_residency_find(slot, offset))
				continue;
			ret = image_copy_page(image, offset, page_address(page), hit);
			if (ret)
				return ret;
		}
	}
	return 0;
}

int gs_image_snapshot(struct gs_cmd *cmd)
{
	struct guardslot_image_snapshot *args = &cmd->arg.image_snapshot;
	struct gs_slot *slot = gs_pool_slot(cmd->pool, args->slot);
	struct gs_cap_hit hit = {};
	struct gs_image *image;
	int ret;

	if (!slot)
		return -ENOENT;
	image = image_alloc(cmd->pool, args->tag);
	if (IS_ERR(image))
		return PTR_ERR(image);

	mutex_lock(&slot->lock);
	ret = image_copy_slot(image, slot, &hit);
	mutex_unlock(&slot->lock);
	gs_event_cap_reached(cmd->pool, &hit);
	if (!ret)
		ret = image_publish(image, cmd, &args->out_image);
	if (ret)
		gs_image_put(image);
	return ret;
}

int gs_image_destroy(struct gs_cmd *cmd)
{
	const struct guardslot_image_destroy *args = &cmd->arg.image_destroy;
	struct xarray *images = &cmd->pool->images;
	struct gs_image *image;

	if (args->__reserved)
		return -EOPNOTSUPP;

	/* Not xa_erase(): that would take away the reservation of an IMAGE_CREATE. */
	xa_lock(images);
	image = xa_load(images, args->image);
	if (image) {
		image_count_locked(cmd->pool, -1);
		__xa_erase(images, args->image);
	}
	xa_unlock(images);
	if (!image)
		return -ENOENT;
	WRITE_ONCE(image->destroyed, true);
	gs_image_put(image);
	return 0;
}
