// SPDX-License-Identifier: GPL-2.0
/*
 * Slot memory for debuggers: ptrace() and /proc/PID/mem, which cannot go through
 * page-table entries that have no struct page.
 */
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/string.h>

#include "engine/access.h"
#include "engine/residency.h"
#include "netlink/event.h"
#include "objects/image.h"
#include "objects/pool.h"
#include "objects/slot.h"

static int read_page(struct gs_slot *slot, unsigned long offset, unsigned int start, void *buf,
		     unsigned int len)
{
	struct page *page = gs_residency_find(slot, offset);

	if (!page)
		page = gs_image_page(slot->image, offset);
	if (page)
		memcpy(buf, page_address(page) + start, len);
	else
		memset(buf, 0, len);
	return 0;
}

static int write_page(struct gs_pool *pool, struct gs_slot *slot, unsigned long offset,
		      unsigned int start, const void *buf, unsigned int len, struct gs_cap_hit *hit)
{
	struct page *page = gs_residency_make_private(pool, slot, offset, NULL, hit);

	if (IS_ERR(page))
		return PTR_ERR(page);
	memcpy(page_address(page) + start, buf, len);
	return 0;
}

static int access_page(struct gs_pool *pool, unsigned long pgoff, unsigned int start, void *buf,
		       unsigned int len, bool write)
{
	struct gs_cap_hit hit = {};
	struct gs_place place;
	struct gs_slot *slot;
	int ret = -EFAULT;

	if (gs_layout_find(&pool->layout, pgoff, &place))
		return ret;
	slot = &pool->slots[place.slot];
	mutex_lock(&slot->lock);
	if (place.page < slot->limits[place.area]) {
		if (write)
			ret = write_page(pool, slot, place.offset, start, buf, len, &hit);
		else
			ret = read_page(slot, place.offset, start, buf, len);
	}
	mutex_unlock(&slot->lock);
	gs_event_cap_reached(pool, &hit);
	return ret;
}

/*
 * Bytes read or written, fewer than @len at a guard or at the end of the mapping;
 * an errno when none.
 */
int gs_access(struct vm_area_struct *vma, unsigned long addr, void *buf, int len, int write)
{
	struct gs_pool *pool = vma->vm_private_data;
	int done = 0;

	/* As with any shared mapping, FOLL_FORCE does not make it writable. */
	if (write && !(vma->vm_flags & VM_WRITE))
		return -EFAULT;
	/* The caller may ask for more than this mapping has. */
	len = min_t(unsigned long, len, vma->vm_end - addr);
	while (done < len) {
		unsigned long at = addr + done;
		unsigned int start = offset_in_page(at);
		unsigned int part = min_t(unsigned int, PAGE_SIZE - start, len - done);
		unsigned long pgoff = vma->vm_pgoff + ((at - vma->vm_start) >> PAGE_SHIFT);
		int ret = access_page(pool, pgoff, start, buf + done, part, write);

		if (ret)
			return done ?: ret;
		done += part;
	}
	return done;
}
