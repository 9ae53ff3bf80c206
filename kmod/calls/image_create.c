// SPDX-License-Identifier: GPL-2.0-only
/* IMAGE_CREATE: an image is made of the caller's memory. */
#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/sched/signal.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "calls/calls.h"
#include "objects/image.h"
#include "objects/pages.h"
#include "objects/pool.h"

/*
 * Copies bytes of user space into a new page, at an offset of the slot. A page that
 * turns out to be all zero is not kept.
 */
static int fill_page(struct gs_image *image, unsigned long offset, unsigned int start,
		     const void __user *source, unsigned int length, struct gs_cap_hit *hit)
{
	struct page *page = gs_account_alloc_page(image->account, hit);
	int ret = -EFAULT;

	if (IS_ERR(page))
		return PTR_ERR(page);
	if (copy_from_user(page_address(page) + start, source, length))
		goto free_page;
	if (!memchr_inv(page_address(page), 0, PAGE_SIZE)) {
		gs_account_free_page(image->account, page);
		return 0;
	}
	ret = gs_image_insert(image, offset, page, hit);
	if (ret)
		goto free_page;
	return 0;

free_page:
	gs_account_free_page(image->account, page);
	return ret;
}

/* @first: the area's first page, from the slot's */
static int fill_area(struct gs_image *image, unsigned long first,
		     const struct guardslot_image_area *from, struct gs_cap_hit *hit)
{
	const u8 __user *source = u64_to_user_ptr(from->source);
	u64 at = from->offset, end = from->offset + from->length;

	while (at < end) {
		unsigned int start = offset_in_page(at);
		unsigned int length = min_t(u64, PAGE_SIZE - start, end - at);
		unsigned long offset = first + gs_pages_from_bytes(at);
		int ret;

		if (fatal_signal_pending(current))
			return -EINTR;
		ret = fill_page(image, offset, start, source, length, hit);
		if (ret)
			return ret;
		source += length;
		at += length;
		cond_resched();
	}
	return 0;
}

static int fill(struct gs_cmd *cmd, struct gs_image *image, struct gs_cap_hit *hit)
{
	const struct guardslot_image_create *args = &cmd->arg.image_create;
	const struct gs_layout *layout = &cmd->pool->layout;
	u32 i;

	for (i = 0; i < layout->area_count; i++) {
		int ret;

		image->limits[i] = gs_pages_from_bytes(args->areas[i].limit);
		ret = fill_area(image, layout->areas[i].start, &args->areas[i], hit);
		if (ret)
			return ret;
	}
	return 0;
}

static bool area_is_zero(const struct guardslot_image_area *area)
{
	return !(area->source | area->length | area->offset | area->limit);
}

static int check_area(const struct gs_layout_area *area, const struct guardslot_image_area *from)
{
	u64 end;

	if (!gs_pages_are_whole(from->limit) || gs_pages_from_bytes(from->limit) > area->max)
		return -EINVAL;
	if (check_add_overflow(from->offset, from->length, &end))
		return -EOVERFLOW;
	return end > from->limit ? -EINVAL : 0;
}

static int check(const struct gs_layout *layout, const struct guardslot_image_create *args)
{
	u32 i;

	if (args->__reserved)
		return -EOPNOTSUPP;
	for (i = 0; i < layout->area_count; i++) {
		int ret = check_area(&layout->areas[i], &args->areas[i]);

		if (ret)
			return ret;
	}
	for (; i < GUARDSLOT_MAX_AREAS; i++)
		if (!area_is_zero(&args->areas[i]))
			return -EINVAL;
	return 0;
}

int gs_call_image_create(struct gs_cmd *cmd)
{
	struct guardslot_image_create *args = &cmd->arg.image_create;
	int ret;

	ret = check(&cmd->pool->layout, args);
	if (ret)
		return ret;
	return gs_call_image_make(cmd, args->tag, fill, &args->out_image);
}
