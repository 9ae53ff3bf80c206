// SPDX-License-Identifier: GPL-2.0-only
/*
 * An image is the initial content and limits of slots. It is filled before it has
 * an id, and after that its content never changes. It lives until its id is
 * destroyed and no slot is bound to it.
 */
#include <linux/err.h>
#include <linux/mm.h>
#include <linux/slab.h>

#include "accounting/account.h"
#include "objects/image.h"

/* An image counts as this many pages beside its content. */
#define IMAGE_TABLE_PAGES 1

/* An image without content. ERR_PTR(-ENOSPC) over the cap *hit, ERR_PTR(-ENOMEM). */
struct gs_image *gs_image_alloc(struct gs_account *account, u64 tag, struct gs_cap_hit *hit)
{
	struct gs_image *image;
	int ret = gs_account_charge_table(account->owner, IMAGE_TABLE_PAGES, hit);

	if (ret)
		return ERR_PTR(ret);
	image = kzalloc(sizeof(*image), GFP_KERNEL_ACCOUNT);
	if (!image)
		goto uncharge_table;
	kref_init(&image->ref);
	image->account = account;
	image->tag = tag;
	xa_init_flags(&image->pages, XA_FLAGS_ACCOUNT);
	gs_writeset_init(&image->write_set);
	return image;

uncharge_table:
	gs_account_uncharge_table(account->owner, IMAGE_TABLE_PAGES);
	return ERR_PTR(-ENOMEM);
}

static void image_release(struct kref *ref)
{
	struct gs_image *image = container_of(ref, struct gs_image, ref);
	unsigned long offset;
	struct page *page;

	xa_for_each(&image->pages, offset, page) {
		gs_account_free_page(image->account, page);
		cond_resched();
	}
	xa_destroy(&image->pages);
	gs_writeset_uninit(&image->write_set);
	gs_account_uncharge_table(image->account->owner, IMAGE_TABLE_PAGES);
	kfree(image);
}

/* May sleep for long: the last reference frees the content. */
void gs_image_put(struct gs_image *image)
{
	if (image)
		kref_put(&image->ref, image_release);
}

/* Adds a page of content, which the image frees from now on; -ENOMEM. */
int gs_image_insert(struct gs_image *image, unsigned long offset, struct page *page)
{
	int ret = xa_err(xa_store(&image->pages, offset, page, GFP_KERNEL_ACCOUNT));

	if (ret)
		return ret;
	image->page_count++;
	return 0;
}
