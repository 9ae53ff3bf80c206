/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _GS_IMAGE_H
#define _GS_IMAGE_H

#include <linux/kref.h>
#include <linux/xarray.h>

#include <guardslot.h>

#include "objects/writeset.h"

struct gs_cmd;
struct gs_pool;
struct gs_slot;

/*
 * An initial content and initial limits. All of it is immutable once published
 * but for @ref, @destroyed and @write_set.
 *
 * @ref: one for the id, one for each slot bound to it, one for each call at work
 * @pool: lives longer, as all references belong to it
 * @pages: content by page offset in the slot; what has no entry is zero
 * @page_count: entries of @pages
 * @destroyed: the id is dropped; set once, read without a lock
 * @limits: initial limits in pages
 * @write_set: grows while instances run
 */
struct gs_image {
	struct kref ref;
	struct gs_pool *pool;
	struct xarray pages;
	unsigned long page_count;
	u64 tag;
	u32 id;
	bool destroyed;
	unsigned long limits[GUARDSLOT_MAX_AREAS];
	struct gs_writeset write_set;
};

int gs_image_create(struct gs_cmd *cmd);
int gs_image_snapshot(struct gs_cmd *cmd);
int gs_image_destroy(struct gs_cmd *cmd);

struct gs_image *gs_image_find(struct gs_pool *pool, u32 id);
struct gs_image *gs_image_find_next(struct gs_pool *pool, u32 *id);
u32 gs_image_generation(struct gs_pool *pool);
void gs_image_get(struct gs_image *image);
void gs_image_put(struct gs_image *image);

/* The page of content at an offset of the slot, NULL for zero; image may be NULL. */
static inline struct page *gs_image_page(struct gs_image *image, unsigned long offset)
{
	return image ? xa_load(&image->pages, offset) : NULL;
}

#endif /* _GS_IMAGE_H */
