// SPDX-License-Identifier: GPL-2.0-only
/*
 * /dev/guardslot: the device and its file operations.
 */
#include <linux/fs.h>
#include <linux/huge_mm.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>

#include "calls/table.h"
#include "device/chardev.h"
#include "device/uring.h"
#include "engine/fault.h"
#include "engine/lifecycle.h"
#include "objects/pool.h"

static int chardev_open(struct inode *inode, struct file *file)
{
	struct gs_pool *pool = gs_lifecycle_open();

	if (IS_ERR(pool))
		return PTR_ERR(pool);
	file->private_data = pool;
	file->f_mapping = pool->inode->i_mapping;
	return nonseekable_open(inode, file);
}

static int chardev_release(struct inode *inode, struct file *file)
{
	gs_lifecycle_release(file->private_data);
	return 0;
}

static long chardev_ioctl(struct file *file, unsigned int number, unsigned long arg)
{
	return gs_table_run(file->private_data, file->f_mode & FMODE_WRITE, number,
			    (void __user *)arg);
}

static int map_slab(struct gs_pool *pool, struct vm_area_struct *vma)
{
	int ret;

	if (vma_pages(vma) > pool->layout.total - vma->vm_pgoff)
		return -EINVAL;
	ret = gs_rss_map(&pool->rss, vma->vm_mm, gs_owner_is_current(&pool->owner));
	if (ret)
		return ret;
	/* With VM_IO, MADV_DOFORK cannot undo VM_DONTCOPY. */
	vm_flags_set(vma, VM_PFNMAP | VM_IO);
	vma->vm_private_data = pool;
	vma->vm_ops = &gs_fault_vm_ops;
	gs_mapping_add(&pool->mapping);
	WRITE_ONCE(pool->map_base, vma->vm_start - (vma->vm_pgoff << PAGE_SHIFT));
	return 0;
}

static int chardev_mmap(struct file *file, struct vm_area_struct *vma)
{
	struct gs_pool *pool = file->private_data;

	if (!gs_pool_is_created(pool))
		return -ENOENT;
	if (!(vma->vm_flags & VM_SHARED))
		return -EINVAL;
	if (vma->vm_flags & VM_EXEC)
		return -EACCES;
	vm_flags_clear(vma, VM_MAYEXEC);
	vm_flags_set(vma, VM_DONTCOPY | VM_DONTEXPAND | VM_DONTDUMP);

	if (vma->vm_pgoff < pool->layout.total)
		return map_slab(pool, vma);
	return gs_claim_map(&pool->claim, vma);
}

static void chardev_show_fdinfo(struct seq_file *seq, struct file *file)
{
	gs_pool_show(file->private_data, seq);
}

static const struct file_operations chardev_fops = {
	.owner = THIS_MODULE,
	.open = chardev_open,
	.release = chardev_release,
	.unlocked_ioctl = chardev_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.uring_cmd = gs_uring_cmd,
	.mmap = chardev_mmap,
	/*
	 * This is not for huge pages. It aligns the address so that pages which are
	 * close in the slab share a page table; at a random address they could lie in
	 * two.
	 */
	.get_unmapped_area = thp_get_unmapped_area,
	.show_fdinfo = chardev_show_fdinfo,
};

static struct miscdevice chardev = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "guardslot",
	.fops = &chardev_fops,
	.mode = 0660,
};

int gs_chardev_init(void)
{
	return misc_register(&chardev);
}

void gs_chardev_uninit(void)
{
	misc_deregister(&chardev);
}
