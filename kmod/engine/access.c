// SPDX-License-Identifier: GPL-2.0-only
/*
 * Slot memory for debuggers: ptrace() and /proc/PID/mem, which cannot go through
 * page-table entries that have no struct page.
 */
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "engine/access.h"
#include "engine/residency.h"
#include "netlink/event.h"
#include "objects/image.h"
#include "objects/pool.h"
#include "objects/resident.h"

/* A part of a page that a VMA shows, to be copied from or to a buffer of the kernel. */
struct part {
	struct vm_area_struct *vma;
	unsigned int start;
	unsigned int len;
	void *buf;
};

static int read_page(struct gs_slot *slot, unsigned long offset, const struct part *part)
{
	struct page *page = gs_residency_find(slot, offset);

	if (!page)
		page = gs_image_page(slot->image, offset);
	if (!page) {
		memset(part->buf, 0, part->len);
		return 0;
	}
	if (PageHWPoison(page) ||
	    copy_mc_to_kernel(part->buf, page_address(page) + part->start, part->len))
		return -EHWPOISON;
	return 0;
}

static int write_page(struct gs_pool *pool, struct gs_slot *slot, unsigned long offset,
		      const struct part *part, struct gs_cap_hit *hit)
{
	struct gs_stock stock;
	struct page *page;

	gs_stock_init(&stock, part->vma);
	page = gs_residency_make_private(pool, slot, offset, &stock, hit);
	if (IS_ERR(page))
		return PTR_ERR(page);
	/* The kernel's own mapping has no dirty bit. */
	gs_resident_set_untracked(slot);
	memcpy(page_address(page) + part->start, part->buf, part->len);
	return 0;
}

static int access_locked(struct gs_pool *pool, struct gs_slot *slot, const struct gs_place *place,
			 const struct part *part, bool write, struct gs_cap_hit *hit)
{
	lockdep_assert_held(&slot->lock);
	if (place->page >= slot->limits[place->area])
		return -EFAULT;
	if (write)
		return write_page(pool, slot, place->offset, part, hit);
	return read_page(slot, place->offset, part);
}

static int access_page(struct gs_pool *pool, unsigned long pgoff, const struct part *part,
		       bool write)
{
	struct gs_cap_hit hit = {};
	struct gs_place place;
	struct gs_slot *slot;
	int ret;

	if (gs_layout_find(&pool->layout, pgoff, &place))
		return -EFAULT;
	slot = gs_slot_table_at(pool->slots, place.slot);
	mutex_lock(&slot->lock);
	ret = access_locked(pool, slot, &place, part, write, &hit);
	mutex_unlock(&slot->lock);
	gs_event_cap_reached(pool, &hit);
	return ret;
}

/*
 * Returns the bytes that were read or written, fewer than @len at a guard or at the
 * end of the mapping, or an errno when there were none.
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
		struct part part = {
			.vma = vma,
			.start = start,
			.len = min_t(unsigned int, PAGE_SIZE - start, len - done),
			.buf = buf + done,
		};
		unsigned long pgoff = vma->vm_pgoff + ((at - vma->vm_start) >> PAGE_SHIFT);
		int ret = access_page(pool, pgoff, &part, write);

		if (ret)
			return done ? done : ret;
		done += part.len;
	}
	return done;
}
