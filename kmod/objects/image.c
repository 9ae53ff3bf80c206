// SPDX-License-Identifier: GPL-2.0-only
/*
 * An image is the initial content and limits of slots. It is filled before it has
 * an id, and after that its content never changes. It lives until its id is
 * destroyed and no slot is bound to it.
 */
#include <linux/err.h>
#include <linux/mm.h>
#include <linux/sizes.h>
#include <linux/slab.h>

#include "accounting/account.h"
#include "objects/image.h"

/* An image counts as so much beside its content: its struct, and its id in a tree. */
#define IMAGE_BYTES SZ_4K

/* An image without content. ERR_PTR(-ENOSPC) over the cap *hit, ERR_PTR(-ENOMEM). */
struct gs_image *gs_image_alloc(struct gs_account *account, u64 tag, struct gs_cap_hit *hit)
{
	struct gs_image *image;
	int ret = gs_cap_charge_bytes(account->owner, IMAGE_BYTES, hit);

	if (ret)
		return ERR_PTR(ret);
	image = kzalloc(sizeof(*image), GFP_KERNEL_ACCOUNT);
	if (!image)
		goto uncharge_image;
	kref_init(&image->ref);
	image->account = account;
	image->tag = tag;
	gs_tree_init(&image->pages);
	gs_writeset_init(&image->write_set);
	return image;

uncharge_image:
	gs_cap_uncharge_bytes(account->owner, IMAGE_BYTES);
	return ERR_PTR(-ENOMEM);
}

static void image_release(struct kref *ref)
{
	struct gs_image *image = container_of(ref, struct gs_image, ref);
	const struct gs_owner *owner = image->account->owner;
	unsigned long offset;
	struct page *page;

	xa_for_each(&image->pages.entries, offset, page) {
		gs_account_free_page(image->account, page);
		cond_resched();
	}
	gs_tree_destroy(&image->pages, owner);
	gs_writeset_clear(&image->write_set, owner);
	gs_cap_uncharge_bytes(owner, IMAGE_BYTES);
	kfree(image);
}

/* May sleep for long: the last reference frees the content. */
void __gs_image_put(struct gs_image *image)
{
	kref_put(&image->ref, image_release);
}

/*
 * Adds a page of content, which the image frees from now on. -ENOSPC over the cap *hit,
 * -ENOMEM.
 */
int gs_image_insert(struct gs_image *image, unsigned long offset, struct page *page,
		    struct gs_cap_hit *hit)
{
	int ret = gs_tree_store(&image->pages, image->account->owner, offset, page, hit);

	if (ret)
		return ret;
	image->page_count++;
	return 0;
}

/* A page of the image could not be read. The kernel then marks its memory as failed. */
void gs_image_note_failure(struct gs_image *image, struct page *page)
{
	WRITE_ONCE(image->failed, true);
	memory_failure_queue(page_to_pfn(page), 0);
}

/*
 * Whether some page's memory has failed; image may be NULL. The pages are looked through
 * once after each of the @failures that the machine has had.
 */
bool gs_image_has_failed(struct gs_image *image, u16 failures)
{
	unsigned long offset;
	struct page *page;

	if (!image)
		return false;
	/* Pairs with the release below: whoever sees the number sees what was found. */
	if (smp_load_acquire(&image->failures) == failures)
		return READ_ONCE(image->failed);
	xa_for_each(&image->pages.entries, offset, page) {
		if (PageHWPoison(page))
			WRITE_ONCE(image->failed, true);
		cond_resched();
	}
	/* Pairs with the acquire above. */
	smp_store_release(&image->failures, failures);
	return READ_ONCE(image->failed);
}
