/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _GS_IMAGE_H
#define _GS_IMAGE_H

#include <linux/cache.h>
#include <linux/kref.h>

#include <guardslot.h>

#include "objects/tree.h"
#include "objects/writeset.h"

struct gs_account;
struct gs_cap_hit;

/*
 * An initial content and initial limits. All of it is immutable once published
 * but for @ref, @destroyed, @failed, @failures and @write_set.
 *
 * @account: counts the pages of content; it outlives the image, as all references
 *           belong to its pool
 * @pages: content by page offset in the slot; what has no entry is zero
 * @page_count: entries of @pages
 * @destroyed: the id is dropped; written once, under the lock of the table of
 *             images, and read without it
 * @limits: initial limits in pages
 * @failed: memory of some page has failed; never taken back, and read without a lock
 * @failures: how often memory had failed when all pages were last looked through, modulo
 *            65536; without a lock, and released after @failed
 * @ref: one for the id, one for each slot bound to it, one for each call at work; written
 *       by each, and so apart from what faults and resets read
 * @write_set: grows while instances run; has its own lock
 */
struct gs_image {
	struct gs_account *account;
	struct gs_tree pages;
	unsigned long page_count;
	u64 tag;
	u32 id;
	bool destroyed;
	bool failed;
	u16 failures;
	unsigned long limits[GUARDSLOT_MAX_AREAS];
	struct kref ref ____cacheline_aligned_in_smp;
	struct gs_writeset write_set;
};

struct gs_image *gs_image_alloc(struct gs_account *account, u64 tag, struct gs_cap_hit *hit);
void __gs_image_put(struct gs_image *image);
int gs_image_insert(struct gs_image *image, unsigned long offset, struct page *page,
		    struct gs_cap_hit *hit);
void gs_image_note_failure(struct gs_image *image, struct page *page);
bool gs_image_has_failed(struct gs_image *image, u16 failures);

/* Whether that looks through nothing, and says no. */
static inline bool gs_image_is_sound(const struct gs_image *image, u16 failures)
{
	if (!image)
		return true;
	/* Pairs with the release after a look through all pages. */
	return smp_load_acquire(&image->failures) == failures && !READ_ONCE(image->failed);
}

static inline void gs_image_get(struct gs_image *image)
{
	if (image)
		kref_get(&image->ref);
}

/* @image may be NULL. */
static inline void gs_image_put(struct gs_image *image)
{
	if (image)
		__gs_image_put(image);
}

/* The page of content at an offset of the slot, NULL for zero; image may be NULL. */
static inline struct page *gs_image_page(struct gs_image *image, unsigned long offset)
{
	return image ? xa_load(&image->pages.entries, offset) : NULL;
}

#endif /* _GS_IMAGE_H */
