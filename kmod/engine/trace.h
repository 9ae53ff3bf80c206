/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tracepoints. They name a pool by its inode number, which fdinfo shows too.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM guardslot

#if !defined(_GS_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define _GS_TRACE_H

#include <linux/fs.h>
#include <linux/mm_types.h>
#include <linux/tracepoint.h>

#include "objects/pool.h"
#include "objects/slot.h"

/* clang-format off */

TRACE_EVENT(guardslot_fault,
	TP_PROTO(struct gs_pool *pool, u32 slot, unsigned long offset, bool write,
		 vm_fault_t result),
	TP_ARGS(pool, slot, offset, write, result),
	TP_STRUCT__entry(
		__field(unsigned long, pool)
		__field(unsigned long, offset)
		__field(u32, slot)
		__field(bool, write)
		__field(unsigned int, result)
	),
	TP_fast_assign(
		__entry->pool = pool->inode->i_ino;
		__entry->offset = offset << PAGE_SHIFT;
		__entry->slot = slot;
		__entry->write = write;
		__entry->result = (__force unsigned int)result;
	),
	TP_printk("pool=%lu slot=%u offset=0x%lx %s result=0x%x", __entry->pool, __entry->slot,
		  __entry->offset, __entry->write ? "write" : "read", __entry->result)
);

TRACE_EVENT(guardslot_guard_hit,
	TP_PROTO(struct gs_pool *pool, u32 slot, unsigned long address),
	TP_ARGS(pool, slot, address),
	TP_STRUCT__entry(
		__field(unsigned long, pool)
		__field(unsigned long, address)
		__field(u32, slot)
	),
	TP_fast_assign(
		__entry->pool = pool->inode->i_ino;
		__entry->address = address;
		__entry->slot = slot;
	),
	TP_printk("pool=%lu slot=%u address=0x%lx", __entry->pool, __entry->slot,
		  __entry->address)
);

/* The slot's index is computed only while the tracepoint is on. */
DECLARE_EVENT_CLASS(guardslot_pages,
	TP_PROTO(struct gs_pool *pool, struct gs_slot *slot, u32 pages),
	TP_ARGS(pool, slot, pages),
	TP_STRUCT__entry(
		__field(unsigned long, pool)
		__field(u32, slot)
		__field(u32, pages)
	),
	TP_fast_assign(
		__entry->pool = pool->inode->i_ino;
		__entry->slot = slot->index;
		__entry->pages = pages;
	),
	TP_printk("pool=%lu slot=%u pages=%u", __entry->pool, __entry->slot, __entry->pages)
);

/* Pages that RESET restored. */
DEFINE_EVENT(guardslot_pages, guardslot_reset,
	TP_PROTO(struct gs_pool *pool, struct gs_slot *slot, u32 pages),
	TP_ARGS(pool, slot, pages)
);

/* Pages that PURGE frees. */
DEFINE_EVENT(guardslot_pages, guardslot_purge,
	TP_PROTO(struct gs_pool *pool, struct gs_slot *slot, u32 pages),
	TP_ARGS(pool, slot, pages)
);

/* Pages that the shrinker frees. */
DEFINE_EVENT(guardslot_pages, guardslot_reclaim,
	TP_PROTO(struct gs_pool *pool, struct gs_slot *slot, u32 pages),
	TP_ARGS(pool, slot, pages)
);

/* clang-format on */

#endif /* _GS_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH engine
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
