// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pools: one for each open file of the device. Each has an inode of its own, on a
 * file system that user space cannot mount, as DRM has it. The module uses the
 * inode's address space: unmapping through it reaches every mapping of this pool
 * and no other, and takes no mmap lock.
 */
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/mount.h>
#include <linux/pseudo_fs.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/seq_file.h>
#include <linux/sizes.h>
#include <linux/slab.h>

#include "accounting/spare.h"
#include "objects/pool.h"

#define GS_FS_MAGIC 0x67736c74 /* "gslt" */

/* A pool counts as so much from open() on: its struct, inode, id, counters and owner. */
#define POOL_BYTES SZ_4K

static struct vfsmount *pool_mount;
/* Pools that are not freed yet, so that unloading can warn of lost ones. */
static atomic_long_t pool_count;

static struct inode *pool_inode(struct gs_pool *pool)
{
	struct inode *inode = alloc_anon_inode(pool_mount->mnt_sb);

	if (!IS_ERR(inode))
		inode->i_ino = pool->entry.id;
	return inode;
}

static void uncharge(struct gs_pool *pool)
{
	gs_cap_uncharge_bytes(&pool->owner, POOL_BYTES);
	gs_cap_settle(&pool->owner);
}

/*
 * A pool of the calling process, with an id and without a geometry. ERR_PTR(-ENOSPC) over
 * a cap, ERR_PTR(-ENFILE), ERR_PTR(-ENOMEM).
 */
struct gs_pool *gs_pool_alloc(void)
{
	struct gs_pool *pool = kzalloc(sizeof(*pool), GFP_KERNEL_ACCOUNT);
	struct gs_cap_hit unreported;
	int ret;

	if (!pool)
		return ERR_PTR(-ENOMEM);
	ret = gs_owner_init(&pool->owner);
	if (ret)
		goto free_pool;
	/* Events are of pools that are there. */
	ret = gs_cap_charge_bytes(&pool->owner, POOL_BYTES, &unreported);
	if (ret)
		goto uninit_owner;
	ret = gs_registry_reserve(pool);
	if (ret)
		goto uncharge_pool;
	pool->inode = pool_inode(pool);
	ret = PTR_ERR_OR_ZERO(pool->inode);
	if (ret)
		goto release_id;
	mutex_init(&pool->create_lock);
	gs_rss_init(&pool->rss);
	gs_mapping_init(&pool->mapping);
	atomic_long_inc(&pool_count);
	return pool;

release_id:
	gs_registry_release(pool);
uncharge_pool:
	uncharge(pool);
uninit_owner:
	gs_owner_uninit(&pool->owner);
free_pool:
	kfree(pool);
	return ERR_PTR(ret);
}

/* Nothing is mapped, and what CREATE built is gone. */
void gs_pool_free(struct gs_pool *pool)
{
	gs_registry_release(pool);
	gs_rss_uninit(&pool->rss);
	mutex_destroy(&pool->create_lock);
	iput(pool->inode);
	uncharge(pool);
	gs_owner_uninit(&pool->owner);
	kfree(pool);
	atomic_long_dec(&pool_count);
}

void gs_pool_publish(struct gs_pool *pool, struct gs_slot_table *slots)
{
	/* Pairs with gs_pool_is_created(). */
	smp_store_release(&pool->slots, slots);
}

/* Removes the page-table entries of a range of the slab in every process. */
void gs_pool_unmap(struct gs_pool *pool, unsigned long first, unsigned long count)
{
	unmap_mapping_range(pool->inode->i_mapping, (loff_t)first << PAGE_SHIFT,
			    (loff_t)count << PAGE_SHIFT, 1);
}

/* The same in pieces, as the kernel holds the lock of the pool's mappings meanwhile. */
void gs_pool_unmap_pieces(struct gs_pool *pool, unsigned long first, unsigned long count)
{
	for (; count > GS_POOL_UNMAP_PIECE; count -= GS_POOL_UNMAP_PIECE) {
		gs_pool_unmap(pool, first, GS_POOL_UNMAP_PIECE);
		first += GS_POOL_UNMAP_PIECE;
		cond_resched();
	}
	gs_pool_unmap(pool, first, count);
}

static u64 kilobytes(struct gs_account *account)
{
	return (u64)percpu_counter_sum_positive(&account->pages) << (PAGE_SHIFT - 10);
}

/* For fdinfo; the format is documented in guardslot(4). */
void gs_pool_show(struct gs_pool *pool, struct seq_file *seq)
{
	seq_printf(seq, "guardslot_pool:\t%llu\n", (u64)pool->inode->i_ino);
	if (!gs_pool_is_created(pool))
		return;
	seq_printf(seq, "guardslot_slots:\t%u\n", pool->layout.slots);
	seq_printf(seq, "guardslot_images:\t%u\n", gs_image_table_count(&pool->images));
	seq_printf(seq, "guardslot_resident:\t%llu kB\n", kilobytes(&pool->resident));
	seq_printf(seq, "guardslot_image_pages:\t%llu kB\n", kilobytes(&pool->image_pages));
	seq_printf(seq, "guardslot_spare:\t%lu kB\n",
		   gs_spare_count_account(&pool->resident) << (PAGE_SHIFT - 10));
}

static int fs_init_context(struct fs_context *fc)
{
	return init_pseudo(fc, GS_FS_MAGIC) ? 0 : -ENOMEM;
}

/* It has no owner: the module's own mount would hold the module for ever. */
static struct file_system_type pool_fs = {
	.name = "guardslot",
	.init_fs_context = fs_init_context,
	.kill_sb = kill_anon_super,
};

int gs_pool_module_init(void)
{
	pool_mount = kern_mount(&pool_fs);
	return PTR_ERR_OR_ZERO(pool_mount);
}

void gs_pool_module_uninit(void)
{
	long left = atomic_long_read(&pool_count);

	WARN(left, "%ld pools were never released\n", left);
	kern_unmount(pool_mount);
	/* Inodes are freed by RCU, through this module's file system. */
	rcu_barrier();
}
