/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _GS_POOL_H
#define _GS_POOL_H

#include <linux/mutex.h>
#include <linux/nospec.h>
#include <linux/xarray.h>

#include "accounting/account.h"
#include "accounting/owner.h"
#include "netlink/event.h"
#include "objects/claim.h"
#include "objects/layout.h"
#include "objects/registry.h"
#include "objects/slot.h"

struct gs_cmd;
struct inode;
struct seq_file;

#define GS_POOL_MAX_SLOTS (1U << 20)

/*
 * One open file of the device. Lives from open() to the last file reference,
 * and mappings hold one: when it goes away nothing is mapped any more.
 *
 * @inode: carries the address space of all mappings of this pool, and the pool's
 *         id as its number; immutable
 * @owner: who opened it; immutable
 * @create_lock: serializes CREATE
 * @slots: NULL until CREATE publishes it, together with all that follows but
 *         @images; immutable after that but for what says so. See gs_pool_is_created()
 * @flags: of CREATE
 * @map_base: address of the slab's start in the mapping made last; a hint, read
 *            and written without a lock
 * @keep_resident: pages that a slot keeps over a reset
 * @resident: private pages of all slots
 * @image_pages: content of all images
 * @table_pages: what the slots and claim words count as
 * @images: published images by id; its own lock
 * @next_image: under the lock of @images, as what follows
 * @image_generation: changes with every image that comes or goes; never 0
 * @image_count: also read without the lock
 * @entry: in the registry; written by its readers, so on lines of its own
 * @events: written while somebody listens
 */
struct gs_pool {
	struct inode *inode;
	struct gs_owner owner;
	struct mutex create_lock;
	struct gs_slot *slots;
	struct gs_layout layout;
	u32 flags;
	unsigned long keep_resident;
	unsigned long map_base;
	struct gs_account resident;
	struct gs_account image_pages;
	struct gs_claim claim;
	unsigned long table_pages;
	struct xarray images;
	u32 next_image;
	u32 image_generation;
	u32 image_count;
	struct gs_registry_entry entry ____cacheline_aligned_in_smp;
	struct gs_event_source events;
};

struct gs_pool *gs_pool_open(void);
void gs_pool_release(struct gs_pool *pool);
bool gs_pool_is_created(struct gs_pool *pool);
void gs_pool_show(struct gs_pool *pool, struct seq_file *seq);

int gs_pool_info(struct gs_cmd *cmd);
int gs_pool_create(struct gs_cmd *cmd);

void gs_pool_unmap(struct gs_pool *pool, unsigned long first, unsigned long count);

/* NULL when there is no such slot. */
static inline struct gs_slot *gs_pool_slot(struct gs_pool *pool, u32 index)
{
	if (index >= pool->layout.slots)
		return NULL;
	return &pool->slots[array_index_nospec(index, pool->layout.slots)];
}

int gs_pool_module_init(void);
void gs_pool_module_uninit(void);

#endif /* _GS_POOL_H */
