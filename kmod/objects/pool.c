// SPDX-License-Identifier: GPL-2.0
/*
 * Pools: one for each open file of the device. Each has an inode of its own on
 * a file system that nobody can see, as DRM does, for the sake of the inode's
 * address space: unmapping through it reaches every mapping of this pool, no
 * other, and takes no mmap lock.
 */
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/mount.h>
#include <linux/pseudo_fs.h>
#include <linux/rcupdate.h>
#include <linux/seq_file.h>
#include <linux/slab.h>

#include "calls/cmd.h"
#include "calls/vector.h"
#include "objects/image.h"
#include "objects/pool.h"
#include "objects/reclaim_list.h"
#include "objects/slot.h"

#define GS_FS_MAGIC 0x67736c74 /* "gslt" */

static struct vfsmount *pool_mount;
/* Pools opened and not yet released; to find what was lost at unload. */
static atomic_long_t pool_count;

static struct inode *pool_inode(struct gs_pool *pool)
{
	struct inode *inode = alloc_anon_inode(pool_mount->mnt_sb);

	if (!IS_ERR(inode))
		inode->i_ino = pool->entry.id;
	return inode;
}

struct gs_pool *gs_pool_open(void)
{
	struct gs_pool *pool = kzalloc(sizeof(*pool), GFP_KERNEL_ACCOUNT);
	int ret;

	if (!pool)
		return ERR_PTR(-ENOMEM);
	ret = gs_owner_init(&pool->owner);
	if (ret)
		goto free_pool;
	ret = gs_registry_reserve(pool);
	if (ret)
		goto uninit_owner;
	pool->inode = pool_inode(pool);
	ret = PTR_ERR_OR_ZERO(pool->inode);
	if (ret)
		goto release_id;
	mutex_init(&pool->create_lock);
	xa_init_flags(&pool->images, XA_FLAGS_ALLOC1 | XA_FLAGS_ACCOUNT);
	pool->image_generation = 1;
	gs_event_source_init(&pool->events);
	atomic_long_inc(&pool_count);
	return pool;

release_id:
	gs_registry_release(pool);
uninit_owner:
	gs_owner_uninit(&pool->owner);
free_pool:
	kfree(pool);
	return ERR_PTR(ret);
}

static void pool_destroy(struct gs_pool *pool)
{
	struct gs_image *image;
	unsigned long id;

	gs_slot_table_uninit(pool, pool->slots);
	gs_account_uncharge_table(&pool->owner, pool->table_pages);
	xa_for_each(&pool->images, id, image)
		gs_image_put(image);
	gs_claim_uninit(&pool->claim);
	gs_account_uninit(&pool->image_pages);
	gs_account_uninit(&pool->resident);
}

/*
 * The last file reference is gone, and so is every mapping and every call. What
 * can still come to the pool: readers through the registry, a scan of the
 * shrinker, and its work item of events. They are kept off in this order, while
 * all of it is there.
 */
void gs_pool_release(struct gs_pool *pool)
{
	if (gs_pool_is_created(pool)) {
		gs_registry_remove(pool);
		gs_reclaim_list_forget(pool->slots, pool->layout.slots);
		gs_event_pool_gone(pool);
		pool_destroy(pool);
	}
	gs_registry_release(pool);
	xa_destroy(&pool->images);
	mutex_destroy(&pool->create_lock);
	iput(pool->inode);
	gs_owner_uninit(&pool->owner);
	kfree(pool);
	atomic_long_dec(&pool_count);
}

bool gs_pool_is_created(struct gs_pool *pool)
{
	/* Pairs with pool_publish(): whoever sees true sees the whole geometry. */
	return smp_load_acquire(&pool->slots);
}

static void pool_publish(struct gs_pool *pool, struct gs_slot *slots)
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

static u64 kilobytes(struct gs_account *account)
{
	return (u64)percpu_counter_sum_positive(&account->pages) << (PAGE_SHIFT - 10);
}

/* For fdinfo; the format is documented in guardslot(4). */
void gs_pool_show(struct gs_pool *pool, struct seq_file *seq)
{
	unsigned long id, images = 0;
	struct gs_image *image;

	seq_printf(seq, "guardslot_pool:\t%llu\n", (u64)pool->inode->i_ino);
	if (!gs_pool_is_created(pool))
		return;
	xa_for_each(&pool->images, id, image)
		images++;
	seq_printf(seq, "guardslot_slots:\t%u\n", pool->layout.slots);
	seq_printf(seq, "guardslot_images:\t%lu\n", images);
	seq_printf(seq, "guardslot_resident:\t%llu kB\n", kilobytes(&pool->resident));
	seq_printf(seq, "guardslot_image_pages:\t%llu kB\n", kilobytes(&pool->image_pages));
}

int gs_pool_info(struct gs_cmd *cmd)
{
	struct guardslot_info *args = &cmd->arg.info;

	args->out_abi_version = GUARDSLOT_ABI_VERSION;
	args->out_page_size = PAGE_SIZE;
	args->out_features = GUARDSLOT_FEATURE_SNAPSHOT | GUARDSLOT_FEATURE_SHARED_PAGES |
			     GUARDSLOT_FEATURE_WRITE_SETS | GUARDSLOT_FEATURE_RECLAIM |
			     GUARDSLOT_FEATURE_ACCESS;
	args->out_max_slots = GS_POOL_MAX_SLOTS;
	args->out_max_areas = GUARDSLOT_MAX_AREAS;
	args->out_max_map_size = TASK_SIZE_MAX & PAGE_MASK;
	args->out_max_vector = GS_VECTOR_MAX;
	args->out_claim_stride = GS_CLAIM_STRIDE;
	return gs_cmd_reply(cmd);
}

/* Counts the tables that the pool is going to have. */
static int pool_charge(struct gs_pool *pool)
{
	size_t size = array_size(pool->layout.slots, sizeof(*pool->slots) + GS_CLAIM_STRIDE);

	struct gs_cap_hit hit = {};
	int ret;

	pool->table_pages = DIV_ROUND_UP(size, PAGE_SIZE);
	ret = gs_account_charge_table(&pool->owner, pool->table_pages, &hit);
	gs_event_cap_reached(pool, &hit);
	return ret;
}

static int pool_build(struct gs_pool *pool, struct gs_cmd *cmd)
{
	struct guardslot_create *args = &cmd->arg.create;
	struct gs_slot *slots;
	int ret;

	lockdep_assert_held(&pool->create_lock);
	pool->flags = args->flags;
	pool->keep_resident = args->keep_resident ? args->keep_resident >> PAGE_SHIFT : ULONG_MAX;
	ret = pool_charge(pool);
	if (ret)
		return ret;
	ret = gs_account_init(&pool->resident, &pool->owner, args->max_resident >> PAGE_SHIFT);
	if (ret)
		goto uncharge;
	ret = gs_account_init(&pool->image_pages, &pool->owner, 0);
	if (ret)
		goto uninit_resident;
	ret = gs_claim_init(&pool->claim, pool->layout.total, pool->layout.slots);
	if (ret)
		goto uninit_image_pages;
	slots = gs_slot_table_init(pool);
	if (IS_ERR(slots)) {
		ret = PTR_ERR(slots);
		goto uninit_claim;
	}

	gs_layout_reply(&pool->layout, args);
	args->out_claim_offset = (u64)pool->claim.first << PAGE_SHIFT;
	args->out_claim_size = (u64)pool->claim.page_count << PAGE_SHIFT;
	ret = gs_cmd_reply(cmd);
	if (ret)
		goto uninit_slots;
	pool_publish(pool, slots);
	return 0;

uninit_slots:
	gs_slot_table_uninit(pool, slots);
uninit_claim:
	gs_claim_uninit(&pool->claim);
uninit_image_pages:
	gs_account_uninit(&pool->image_pages);
uninit_resident:
	gs_account_uninit(&pool->resident);
uncharge:
	gs_account_uncharge_table(&pool->owner, pool->table_pages);
	return ret;
}

int gs_pool_create(struct gs_cmd *cmd)
{
	struct guardslot_create *args = &cmd->arg.create;
	struct gs_pool *pool = cmd->pool;
	struct gs_layout layout;
	int ret;

	if ((args->max_resident | args->keep_resident) & ~PAGE_MASK)
		return -EINVAL;
	ret = gs_layout_init(&layout, args, GS_POOL_MAX_SLOTS, TASK_SIZE_MAX >> PAGE_SHIFT);
	if (ret)
		return ret;

	mutex_lock(&pool->create_lock);
	ret = -EBUSY;
	if (!gs_pool_is_created(pool)) {
		pool->layout = layout;
		ret = pool_build(pool, cmd);
	}
	mutex_unlock(&pool->create_lock);
	if (ret)
		return ret;
	gs_registry_add(pool);
	gs_event_pool_created(pool);
	return 0;
}

static int fs_init_context(struct fs_context *fc)
{
	return init_pseudo(fc, GS_FS_MAGIC) ? 0 : -ENOMEM;
}

/* No owner: the module's own mount would hold the module for ever. */
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
