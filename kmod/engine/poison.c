// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pages whose memory has failed: resets take them away, so that no content is lost but
 * what was there, and no other slot gets them.
 *
 * The kernel marks such a page (PageHWPoison()) and counts it, but can do no more: it does
 * not know where a slot's page is mapped. When the page is freed, the kernel keeps it for
 * good. A reset compares one number to know that none has failed since the last one.
 */
#include <linux/mm.h>

#include "engine/poison.h"
#include "engine/residency.h"
#include "objects/image.h"
#include "objects/slot.h"

static bool has_failed(const void *data)
{
	return data && PageHWPoison(virt_to_page(data));
}

/* gs_poison_sweep() when memory has failed since it was last called. */
int __gs_poison_sweep(struct gs_pool *pool, struct gs_slot *slot, u16 failures)
{
	bool some = false;
	int ret = 0;

	if (gs_image_has_failed(slot->image, failures)) {
		ret = -EHWPOISON;
		gs_residency_drop_shared(pool, slot);
	}
	if (!gs_resident_count(slot))
		return ret;
	gs_resident_for_each(page, slot) {
		gs_resident_breathe(page);
		page->cold = has_failed(page->data) || has_failed(page->source);
		some |= page->cold;
	}
	/* With an image that has failed each reset comes here, and fails. */
	if (!ret)
		slot->residents->tracking.failures = failures;
	if (some)
		gs_residency_drop_cold(pool, slot);
	return ret;
}

/* gs_poison_finish() when a copy has failed. */
int __gs_poison_finish(struct gs_pool *pool, struct gs_slot *slot)
{
	slot->failed = false;
	if (gs_resident_count(slot))
		gs_residency_drop_cold(pool, slot);
	return -EHWPOISON;
}
