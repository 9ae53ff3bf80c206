/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What older kernels lack, written as the newest has it, and what differs between
 * architectures. Kbuild includes this file before every file of the module; no other
 * file depends on versions or architectures. The GS_HAVE_ macros come from
 * Kbuild.include.
 */
#ifndef _GS_COMPAT_H
#define _GS_COMPAT_H

#include <linux/mm.h>
#include <linux/version.h>

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 1, 0)
#error "guardslot needs Linux 6.1 or later"
#endif
#ifndef CONFIG_64BIT
#error "guardslot needs a 64-bit kernel"
#endif
#if !defined(CONFIG_X86_64) && !defined(CONFIG_ARM64) && !defined(CONFIG_RISCV)
/* Caches that alias, for one, would need flushes: a page is written in place under its user. */
#error "guardslot runs on x86-64, arm64 and riscv64 only"
#endif
#ifndef CONFIG_MMU
#error "guardslot needs a kernel with CONFIG_MMU"
#endif
#ifndef CONFIG_ARCH_HAS_PTE_SPECIAL
#error "guardslot needs special page-table entries (CONFIG_ARCH_HAS_PTE_SPECIAL)"
#endif

/*
 * Copies a page. False when the memory that it is read from has failed; then some of it is
 * copied. x86 gets an inline rep movsq with an entry in the exception table, by which the
 * handler of machine checks knows that it may go on after it. copy_mc_to_kernel() has the
 * same entry behind a call and rep movsb, or an unrolled loop on processors that do not
 * survive a machine check in a string instruction. Other architectures have no such copy.
 */
#ifdef CONFIG_X86
#include <asm/asm.h>
static __always_inline bool gs_copy_page(void *to, const void *from)
{
	unsigned long left = PAGE_SIZE / sizeof(u64);

	asm volatile("1:	rep movsq\n"
		     "2:\n" _ASM_EXTABLE_TYPE(1b, 2b, EX_TYPE_DEFAULT_MCE_SAFE)
		     : "+D"(to), "+S"(from), "+c"(left)
		     :
		     : "memory");
	return likely(!left);
}
#else
static __always_inline bool gs_copy_page(void *to, const void *from)
{
	copy_page(to, from);
	return true;
}
#endif

/*
 * A number that changes when memory fails somewhere in the machine, and rarely otherwise.
 * Kernels before 6.3 do not count that for modules.
 */
#include <linux/jiffies.h>
#include <linux/mmzone.h>
static inline u16 gs_compat_memory_failures(void)
{
#if !defined(CONFIG_MEMORY_FAILURE)
	return 0;
#elif defined(GS_HAVE_MF_STATS)
	unsigned long count = 0;
	unsigned int node;

	for (node = 0; node < nr_node_ids; node++)
		if (node_online(node))
			count += READ_ONCE(NODE_DATA(node)->mf_stats.total);
	return count;
#else
	return jiffies;
#endif
}

/*
 * Whether processors set the dirty bit of an entry. Where they do not, the first write to a
 * page whose bit was cleared is a fault. Older kernels cannot tell it of riscv's.
 */
#include <linux/pgtable.h>
#ifdef CONFIG_ARM64
#include <asm/cpufeature.h>
#endif
static inline bool gs_compat_has_hw_dirty(void)
{
#if defined(CONFIG_X86_64)
	return true;
#elif defined(CONFIG_ARM64)
	return cpus_have_cap(ARM64_HW_DBM);
#else
	return arch_has_hw_pte_young();
#endif
}

/*
 * What a page that is no part of a larger one is charged to, under rcu_read_lock(); only to be
 * compared. page_memcg_check() asks first whether it is a part of one.
 */
#include <linux/memcontrol.h>
static inline struct mem_cgroup *gs_compat_page_memcg(struct page *page)
{
#ifdef GS_HAVE_FOLIO_MEMCG_CHECK
	return folio_memcg_check((struct folio *)page);
#else
	return page_memcg_check(page);
#endif
}

#ifndef GS_HAVE_VM_FLAGS_SET /* 6.3 */
static inline void vm_flags_set(struct vm_area_struct *vma, unsigned long flags)
{
	mmap_assert_write_locked(vma->vm_mm);
	vma->vm_flags |= flags;
}

static inline void vm_flags_clear(struct vm_area_struct *vma, unsigned long flags)
{
	mmap_assert_write_locked(vma->vm_mm);
	vma->vm_flags &= ~flags;
}
#endif

/* The name changed in 6.6; the address was lost there, and is back in 7.x. */
#include <linux/page_table_check.h>
static inline void gs_compat_page_table_check_set(struct mm_struct *mm, unsigned long addr,
						  pte_t *ptep, pte_t pte)
{
#if defined(GS_HAVE_PAGE_TABLE_CHECK_ADDR)
	page_table_check_ptes_set(mm, addr, ptep, pte, 1);
#elif defined(GS_HAVE_PAGE_TABLE_CHECK_PTES)
	page_table_check_ptes_set(mm, ptep, pte, 1);
#else
	page_table_check_pte_set(mm, addr, ptep, pte);
#endif
}

/*
 * The entry of the page table for an address of the mm, whose lock or whose VMA's is held;
 * NULL when there is none, or when a walk takes functions that are not exported.
 */
static inline pmd_t *gs_compat_find_pmd(struct mm_struct *mm, unsigned long addr)
{
#if defined(CONFIG_RISCV) && !defined(GS_HAVE_P4D_OFFSET)
	return NULL;
#else
	pgd_t *pgd = pgd_offset(mm, addr);
	p4d_t *p4d;
	pud_t *pud;

	if (pgd_none(*pgd))
		return NULL;
	p4d = p4d_offset(pgd, addr);
	if (p4d_none(*p4d))
		return NULL;
	pud = pud_offset(p4d, addr);
	return pud_none(*pud) ? NULL : pmd_offset(pud, addr);
#endif
}

/*
 * Whether there is a page table for an address of the mm, whose lock is held. Where a walk
 * takes functions that are not exported there is one, or the caller makes it.
 */
static inline bool gs_compat_has_page_table(struct mm_struct *mm, unsigned long addr)
{
#if defined(CONFIG_RISCV) && !defined(GS_HAVE_P4D_OFFSET)
	return true;
#else
	pmd_t *pmd = gs_compat_find_pmd(mm, addr);

	return pmd && !pmd_none(READ_ONCE(*pmd));
#endif
}

/*
 * add_mm_counter() has a tracepoint that modules cannot reach. The count is per CPU since
 * 6.2.
 */
static inline void gs_compat_add_shmem_rss(struct mm_struct *mm, long pages)
{
#ifdef GS_HAVE_PERCPU_RSS
	percpu_counter_add(&mm->rss_stat[MM_SHMEMPAGES], pages);
#else
	atomic_long_add(pages, &mm->rss_stat.count[MM_SHMEMPAGES]);
#endif
}

/* The huge page that it could be a part of is not told any more since 6.13. */
#include <linux/gfp.h>
static inline struct page *gs_compat_vma_alloc_page(gfp_t gfp, struct vm_area_struct *vma,
						    unsigned long addr)
{
#ifdef GS_HAVE_VMA_ALLOC_HUGEPAGE
	struct folio *folio = vma_alloc_folio(gfp, 0, vma, addr, false);
#else
	struct folio *folio = vma_alloc_folio(gfp, 0, vma, addr);
#endif
	return folio ? &folio->page : NULL;
}

/* Whether the OOM killer has killed the processes of the mm, and is done with it. */
#include <linux/sched/coredump.h>
static inline bool gs_compat_is_oom_killed(struct mm_struct *mm)
{
#ifdef GS_HAVE_MM_FLAGS_TEST /* 6.18 */
	return mm_flags_test(MMF_OOM_SKIP, mm);
#else
	return test_bit(MMF_OOM_SKIP, &mm->flags);
#endif
}

/*
 * What a submission to io_uring has for the command: 16 bytes of memory that user space can
 * write meanwhile. The header is another one since 6.8, and the submission is all shown
 * since 6.5.
 */
#ifdef GS_HAVE_IO_URING_CMD_H
#include <linux/io_uring/cmd.h>
#else
#include <linux/io_uring.h>
#endif
static inline const void *gs_compat_uring_payload(const struct io_uring_cmd *cmd)
{
#ifdef GS_HAVE_URING_CMD_SQE
	return cmd->sqe->cmd;
#else
	return cmd->cmd;
#endif
}

/* The callback lost its lock argument in 6.13; this module has no use for it. */
#include <linux/list_lru.h>
#ifdef GS_HAVE_LIST_LRU_CB_LOCK
#define GS_LIST_LRU_WALK_CB(_name, _item, _lru, _arg)                             \
	enum lru_status _name(struct list_head *_item, struct list_lru_one *_lru, \
			      spinlock_t *lock, void *_arg)
#else
#define GS_LIST_LRU_WALK_CB(_name, _item, _lru, _arg) \
	enum lru_status _name(struct list_head *_item, struct list_lru_one *_lru, void *_arg)
#endif

#ifndef GS_HAVE_LIST_LRU_ADD_OBJ /* 6.8 */
#define list_lru_add_obj list_lru_add
#define list_lru_del_obj list_lru_del
#endif

#ifndef GS_HAVE_SHRINKER_ALLOC /* 6.7 */
#include <linux/shrinker.h>
#include <linux/slab.h>

static inline unsigned long gs_compat_count_none(struct shrinker *shrinker,
						 struct shrink_control *sc)
{
	return 0;
}

/*
 * The list_lru needs the shrinker's id before the shrinker runs, and in these kernels
 * only registering gives one. So one that never finds anything is registered, and the
 * caller fills in another one, from which that gets its work.
 */
struct gs_compat_shrinker {
	struct shrinker given;
	struct shrinker registered;
};

static inline struct shrinker *shrinker_alloc(unsigned int flags, const char *name)
{
	struct gs_compat_shrinker *both = kzalloc(sizeof(*both), GFP_KERNEL);

	if (!both)
		return NULL;
	both->registered.flags = flags;
	both->registered.count_objects = gs_compat_count_none;
	both->registered.scan_objects = gs_compat_count_none;
	if (register_shrinker(&both->registered, "%s", name)) {
		kfree(both);
		return NULL;
	}
	both->given.seeks = DEFAULT_SEEKS;
#ifdef CONFIG_MEMCG
	both->given.id = both->registered.id;
#endif
	return &both->given;
}

static inline void shrinker_register(struct shrinker *shrinker)
{
	struct gs_compat_shrinker *both = container_of(shrinker, struct gs_compat_shrinker, given);

	both->registered.scan_objects = shrinker->scan_objects;
	both->registered.seeks = shrinker->seeks;
	both->registered.batch = shrinker->batch;
	/* A scan that starts after this sees all that was set up before it. */
	synchronize_shrinkers();
	WRITE_ONCE(both->registered.count_objects, shrinker->count_objects);
}

static inline void shrinker_free(struct shrinker *shrinker)
{
	struct gs_compat_shrinker *both = container_of(shrinker, struct gs_compat_shrinker, given);

	unregister_shrinker(&both->registered);
	kfree(both);
}
#endif

#endif /* _GS_COMPAT_H */
