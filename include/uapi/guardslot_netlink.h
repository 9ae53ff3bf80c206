/* SPDX-License-Identifier: (GPL-2.0-only WITH Linux-syscall-note) OR MIT */
/*
 * The ABI of the generic netlink family "guardslot": what pools there are, what
 * is in them, and what happens to them. It only shows; nothing can be changed
 * this way, and nothing of the content of slots and images can be seen.
 *
 * docs/netlink/guardslot.yaml says the same to programs, in the kernel's
 * netlink-spec format.
 */
#ifndef _UAPI_GUARDSLOT_NETLINK_H
#define _UAPI_GUARDSLOT_NETLINK_H

#define GUARDSLOT_FAMILY_NAME "guardslot"
/* Grows with the commands and attributes; what is there keeps its meaning. */
#define GUARDSLOT_FAMILY_VERSION 1

/**
 * DOC: General format
 *
 * Requests are checked strictly: an attribute that the command does not take, a
 * wrong length, a value out of range and a reserved flag are errors, with a
 * message in the extended acknowledgement (NETLINK_EXT_ACK) that says which; but
 * Linux 6.1 has no place for it when a dump does not start.
 * Attributes of replies come in any order; a program skips those it does not
 * know, and does without those that are not there. Integers are host endian.
 * Sizes and offsets are bytes unless the name says pages. 64-bit attributes may
 * be preceded by an empty one of the set's type PAD.
 *
 * The family is there in the initial network namespace only. A pool is shown to
 * processes with the effective user id of the one that opened it, if that has a
 * pid in their pid namespace, and to those with CAP_SYS_ADMIN in that one's user
 * namespace; both the process that asks and the one that opened the socket must
 * be such, but for the pid. To all others it does not exist. Pools show up when GUARDSLOT_IOC_CREATE has given them their geometry.
 *
 * Dumps of pools and images carry NLM_F_DUMP_INTR when some came or went
 * meanwhile: what was read is no picture of one moment, ask again. When the pool
 * itself goes during a dump of its images or slots, the dump ends with ENOENT
 * in its last message. Counters are read while others count; those of one slot
 * belong together.
 *
 * EINVAL: a request that is wrong in its form, or lacks an attribute
 * ENOENT: no such pool, image or slot, or none that the caller may see
 * EMSGSIZE: the receive buffer is too small for one entry
 * EINTR: a fatal signal ended the call
 * ENOMEM: no memory
 */

/**
 * enum guardslot_cmd - commands of the family
 * @GUARDSLOT_CMD_MODULE_GET: do: what all pools have together; takes no
 *                            attribute, answers with GUARDSLOT_A_MODULE_
 * @GUARDSLOT_CMD_POOL_GET: do: the pool GUARDSLOT_A_POOL_ID; dump: all pools,
 *                          takes no attribute
 * @GUARDSLOT_CMD_IMAGE_GET: do: the image GUARDSLOT_A_IMAGE_ID of the pool
 *                           GUARDSLOT_A_IMAGE_POOL; dump: all images of the pool
 *                           GUARDSLOT_A_IMAGE_POOL. Images that were destroyed
 *                           are not among them, even while slots are bound
 * @GUARDSLOT_CMD_SLOT_GET: do: the slot GUARDSLOT_A_SLOT_INDEX of the pool
 *                          GUARDSLOT_A_SLOT_POOL; dump: all slots of the pool
 *                          GUARDSLOT_A_SLOT_POOL
 * @GUARDSLOT_CMD_POOL_CREATED_NTF: event: as POOL_GET answers
 * @GUARDSLOT_CMD_POOL_GONE_NTF: event: as POOL_GET answers, for the last time
 * @GUARDSLOT_CMD_GUARD_HIT_NTF: event: a touch at or past a limit; has
 *                               GUARDSLOT_A_EVENT_POOL, _SLOT, _OFFSET, _PID,
 *                               _COMM and _SUPPRESSED
 * @GUARDSLOT_CMD_CAP_REACHED_NTF: event: a page was refused because of a cap;
 *                                 has GUARDSLOT_A_EVENT_POOL, _CAP, _CAP_PAGES,
 *                                 _PID, _COMM and _SUPPRESSED
 * @GUARDSLOT_CMD_RECLAIM_NTF: event: idle slots lost their private pages as
 *                             memory was short; has GUARDSLOT_A_EVENT_POOL,
 *                             _SLOTS and _PAGES. Many reclaims that follow each
 *                             other closely are one event
 *
 * An answer carries the number of its command.
 */
enum guardslot_cmd {
	GUARDSLOT_CMD_MODULE_GET = 1,
	GUARDSLOT_CMD_POOL_GET,
	GUARDSLOT_CMD_IMAGE_GET,
	GUARDSLOT_CMD_SLOT_GET,
	GUARDSLOT_CMD_POOL_CREATED_NTF,
	GUARDSLOT_CMD_POOL_GONE_NTF,
	GUARDSLOT_CMD_GUARD_HIT_NTF,
	GUARDSLOT_CMD_CAP_REACHED_NTF,
	GUARDSLOT_CMD_RECLAIM_NTF,

	__GUARDSLOT_CMD_MAX,
	GUARDSLOT_CMD_MAX = (__GUARDSLOT_CMD_MAX - 1)
};

/*
 * The multicast group of all events. Joining takes CAP_SYS_ADMIN in the initial
 * user namespace, as events are about the pools of all users. Guard hits and reached
 * caps are limited to GUARDSLOT_EVENT_RATE a second, each pool and each of the
 * two by itself. A listener that reads too slowly gets ENOBUFS from its socket,
 * as with any netlink group.
 */
#define GUARDSLOT_MCGRP_EVENTS "events"
#define GUARDSLOT_EVENT_RATE 10

/**
 * enum guardslot_module_attr - what all pools have together
 * @GUARDSLOT_A_MODULE_ABI_VERSION: u32, as in GUARDSLOT_IOC_INFO
 * @GUARDSLOT_A_MODULE_PAD: before 64-bit values
 * @GUARDSLOT_A_MODULE_PAGE_SIZE: u32, bytes in a page
 * @GUARDSLOT_A_MODULE_MAX_PAGES: u64, the parameter max_pages; 0: no cap
 * @GUARDSLOT_A_MODULE_MAX_USER_PAGES: u64, the parameter max_user_pages; 0: no
 *                                     cap
 * @GUARDSLOT_A_MODULE_USER_PAGES: u64, what counts against it of the pools of
 *                                 the caller's effective user id; only if that
 *                                 is the one which opened the socket as well, or
 *                                 the opener has CAP_SYS_ADMIN in the initial
 *                                 user namespace
 * @GUARDSLOT_A_MODULE_POOLS: u32, pools; only with CAP_SYS_ADMIN in the initial
 *                            user namespace, as what follows
 * @GUARDSLOT_A_MODULE_PAGES: u64, pages of all pools: slots, images and
 *                            bookkeeping
 * @GUARDSLOT_A_MODULE_EVENTS_LOST: u64, events that could not be sent, as memory
 *                                  was short
 * @GUARDSLOT_A_MODULE_RESETS: u64, of all slots of all pools since the module was
 *                             loaded, those of pools that are gone among them, as
 *                             what follows
 * @GUARDSLOT_A_MODULE_PURGES: u64
 * @GUARDSLOT_A_MODULE_FAULTS: u64
 * @GUARDSLOT_A_MODULE_GUARD_HITS: u64
 * @GUARDSLOT_A_MODULE_RECLAIMS: u64
 * @GUARDSLOT_A_MODULE_RECLAIMED_PAGES: u64
 * @GUARDSLOT_A_MODULE_LOOKS: u64
 * @GUARDSLOT_A_MODULE_SKIPPED_PAGES: u64
 * @GUARDSLOT_A_MODULE_GIVEN_BACK_PAGES: u64
 * @GUARDSLOT_A_MODULE_ABSENT_PAGES: u64
 * @GUARDSLOT_A_MODULE_FLUSHES: u64
 * @GUARDSLOT_A_MODULE_WHOLE_MAPPED: u64
 * @GUARDSLOT_A_MODULE_WHOLE_NOTIFIED: u64
 * @GUARDSLOT_A_MODULE_WHOLE_UNMAPPED: u64
 */
enum guardslot_module_attr {
	GUARDSLOT_A_MODULE_ABI_VERSION = 1,
	GUARDSLOT_A_MODULE_PAD,
	GUARDSLOT_A_MODULE_PAGE_SIZE,
	GUARDSLOT_A_MODULE_MAX_PAGES,
	GUARDSLOT_A_MODULE_MAX_USER_PAGES,
	GUARDSLOT_A_MODULE_USER_PAGES,
	GUARDSLOT_A_MODULE_POOLS,
	GUARDSLOT_A_MODULE_PAGES,
	GUARDSLOT_A_MODULE_EVENTS_LOST,
	GUARDSLOT_A_MODULE_RESETS,
	GUARDSLOT_A_MODULE_PURGES,
	GUARDSLOT_A_MODULE_FAULTS,
	GUARDSLOT_A_MODULE_GUARD_HITS,
	GUARDSLOT_A_MODULE_RECLAIMS,
	GUARDSLOT_A_MODULE_RECLAIMED_PAGES,
	GUARDSLOT_A_MODULE_LOOKS,
	GUARDSLOT_A_MODULE_SKIPPED_PAGES,
	GUARDSLOT_A_MODULE_GIVEN_BACK_PAGES,
	GUARDSLOT_A_MODULE_ABSENT_PAGES,
	GUARDSLOT_A_MODULE_FLUSHES,
	GUARDSLOT_A_MODULE_WHOLE_MAPPED,
	GUARDSLOT_A_MODULE_WHOLE_NOTIFIED,
	GUARDSLOT_A_MODULE_WHOLE_UNMAPPED,

	__GUARDSLOT_A_MODULE_MAX,
	GUARDSLOT_A_MODULE_MAX = (__GUARDSLOT_A_MODULE_MAX - 1)
};

/**
 * enum guardslot_area_attr - one area of the slots of a pool
 * @GUARDSLOT_A_AREA_OFFSET: u64, where it starts in the slot
 * @GUARDSLOT_A_AREA_PAD: before 64-bit values
 * @GUARDSLOT_A_AREA_MAX_LIMIT: u64, highest limit
 * @GUARDSLOT_A_AREA_INITIAL_LIMIT: u64, limit in a slot that is bound to no image
 * @GUARDSLOT_A_AREA_RESERVE: u64, address space of the area
 * @GUARDSLOT_A_AREA_GUARD: u64, address space after it that never holds data
 */
enum guardslot_area_attr {
	GUARDSLOT_A_AREA_OFFSET = 1,
	GUARDSLOT_A_AREA_PAD,
	GUARDSLOT_A_AREA_MAX_LIMIT,
	GUARDSLOT_A_AREA_INITIAL_LIMIT,
	GUARDSLOT_A_AREA_RESERVE,
	GUARDSLOT_A_AREA_GUARD,

	__GUARDSLOT_A_AREA_MAX,
	GUARDSLOT_A_AREA_MAX = (__GUARDSLOT_A_AREA_MAX - 1)
};

/**
 * enum guardslot_pool_attr - a pool
 * @GUARDSLOT_A_POOL_ID: u32, never 0; guardslot_pool in fdinfo, and pool in
 *                       tracepoints
 * @GUARDSLOT_A_POOL_PAD: before 64-bit values
 * @GUARDSLOT_A_POOL_UID: u32, effective user id of the process that opened it,
 *                        as the reader's user namespace has it
 * @GUARDSLOT_A_POOL_PID: u32, that process, as the reader's process id namespace
 *                        has it; 0: it is not in there
 * @GUARDSLOT_A_POOL_COMM: string, its name then
 * @GUARDSLOT_A_POOL_FLAGS: u32, bits of enum guardslot_create_flags
 * @GUARDSLOT_A_POOL_SLOTS: u32, number of slots
 * @GUARDSLOT_A_POOL_IMAGES: u32, number of images that were not destroyed
 * @GUARDSLOT_A_POOL_PRE_GUARD: u64, address space before the first slot
 * @GUARDSLOT_A_POOL_STRIDE: u64, distance of two slots
 * @GUARDSLOT_A_POOL_MAP_SIZE: u64, length of the slab
 * @GUARDSLOT_A_POOL_AREA: nest of enum guardslot_area_attr, one for each area in
 *                         their order
 * @GUARDSLOT_A_POOL_MAX_RESIDENT_PAGES: u64, cap on the private pages of all
 *                                       slots; 0: none
 * @GUARDSLOT_A_POOL_KEEP_RESIDENT_PAGES: u64, private pages that a slot keeps
 *                                        over a reset; 0: all
 * @GUARDSLOT_A_POOL_RESIDENT_PAGES: u64, private pages of all slots
 * @GUARDSLOT_A_POOL_IMAGE_PAGES: u64, pages of all images
 * @GUARDSLOT_A_POOL_RESETS: u64, sum over the slots, as what follows
 * @GUARDSLOT_A_POOL_PURGES: u64
 * @GUARDSLOT_A_POOL_FAULTS: u64
 * @GUARDSLOT_A_POOL_GUARD_HITS: u64
 * @GUARDSLOT_A_POOL_RECLAIMS: u64
 * @GUARDSLOT_A_POOL_RECLAIMED_PAGES: u64
 * @GUARDSLOT_A_POOL_LOOKS: u64
 * @GUARDSLOT_A_POOL_SKIPPED_PAGES: u64
 * @GUARDSLOT_A_POOL_GIVEN_BACK_PAGES: u64
 * @GUARDSLOT_A_POOL_ABSENT_PAGES: u64
 * @GUARDSLOT_A_POOL_FLUSHES: u64
 * @GUARDSLOT_A_POOL_WHOLE_MAPPED: u64
 * @GUARDSLOT_A_POOL_WHOLE_NOTIFIED: u64
 * @GUARDSLOT_A_POOL_WHOLE_UNMAPPED: u64
 */
enum guardslot_pool_attr {
	GUARDSLOT_A_POOL_ID = 1,
	GUARDSLOT_A_POOL_PAD,
	GUARDSLOT_A_POOL_UID,
	GUARDSLOT_A_POOL_PID,
	GUARDSLOT_A_POOL_COMM,
	GUARDSLOT_A_POOL_FLAGS,
	GUARDSLOT_A_POOL_SLOTS,
	GUARDSLOT_A_POOL_IMAGES,
	GUARDSLOT_A_POOL_PRE_GUARD,
	GUARDSLOT_A_POOL_STRIDE,
	GUARDSLOT_A_POOL_MAP_SIZE,
	GUARDSLOT_A_POOL_AREA,
	GUARDSLOT_A_POOL_MAX_RESIDENT_PAGES,
	GUARDSLOT_A_POOL_KEEP_RESIDENT_PAGES,
	GUARDSLOT_A_POOL_RESIDENT_PAGES,
	GUARDSLOT_A_POOL_IMAGE_PAGES,
	GUARDSLOT_A_POOL_RESETS,
	GUARDSLOT_A_POOL_PURGES,
	GUARDSLOT_A_POOL_FAULTS,
	GUARDSLOT_A_POOL_GUARD_HITS,
	GUARDSLOT_A_POOL_RECLAIMS,
	GUARDSLOT_A_POOL_RECLAIMED_PAGES,
	GUARDSLOT_A_POOL_LOOKS,
	GUARDSLOT_A_POOL_SKIPPED_PAGES,
	GUARDSLOT_A_POOL_GIVEN_BACK_PAGES,
	GUARDSLOT_A_POOL_ABSENT_PAGES,
	GUARDSLOT_A_POOL_FLUSHES,
	GUARDSLOT_A_POOL_WHOLE_MAPPED,
	GUARDSLOT_A_POOL_WHOLE_NOTIFIED,
	GUARDSLOT_A_POOL_WHOLE_UNMAPPED,

	__GUARDSLOT_A_POOL_MAX,
	GUARDSLOT_A_POOL_MAX = (__GUARDSLOT_A_POOL_MAX - 1)
};

/**
 * enum guardslot_image_attr - an image of a pool
 * @GUARDSLOT_A_IMAGE_POOL: u32, the pool's id
 * @GUARDSLOT_A_IMAGE_ID: u32, the image's id in its pool, never 0
 * @GUARDSLOT_A_IMAGE_PAD: before 64-bit values
 * @GUARDSLOT_A_IMAGE_TAG: u64, the tag that its maker gave it
 * @GUARDSLOT_A_IMAGE_PAGES: u64, pages of content that are not all zero
 * @GUARDSLOT_A_IMAGE_LIMIT: u64, initial limit, one for each area in their order
 * @GUARDSLOT_A_IMAGE_WRITE_SET_PAGES: u32, size of its write set
 * @GUARDSLOT_A_IMAGE_USERS: u32, slots bound to it and calls at work on it
 */
enum guardslot_image_attr {
	GUARDSLOT_A_IMAGE_POOL = 1,
	GUARDSLOT_A_IMAGE_ID,
	GUARDSLOT_A_IMAGE_PAD,
	GUARDSLOT_A_IMAGE_TAG,
	GUARDSLOT_A_IMAGE_PAGES,
	GUARDSLOT_A_IMAGE_LIMIT,
	GUARDSLOT_A_IMAGE_WRITE_SET_PAGES,
	GUARDSLOT_A_IMAGE_USERS,

	__GUARDSLOT_A_IMAGE_MAX,
	GUARDSLOT_A_IMAGE_MAX = (__GUARDSLOT_A_IMAGE_MAX - 1)
};

/**
 * enum guardslot_slot_attr - a slot of a pool
 * @GUARDSLOT_A_SLOT_POOL: u32, the pool's id
 * @GUARDSLOT_A_SLOT_INDEX: u32, its index, from 0
 * @GUARDSLOT_A_SLOT_PAD: before 64-bit values
 * @GUARDSLOT_A_SLOT_IMAGE: u32, id of the image it is bound to; not there
 *                          without one
 * @GUARDSLOT_A_SLOT_TAG: u64, that image's tag; not there without one
 * @GUARDSLOT_A_SLOT_STATE: u32, enum guardslot_state; a claim word with any other
 *                          value is shown as GUARDSLOT_ACTIVE
 * @GUARDSLOT_A_SLOT_LIMIT: u64, limit, one for each area in their order
 * @GUARDSLOT_A_SLOT_RESIDENT_PAGES: u32, its private pages
 * @GUARDSLOT_A_SLOT_SHARED_PAGES: u32, pages of its image that are mapped in it
 * @GUARDSLOT_A_SLOT_WRITE_SET_PAGES: u32, size of its image's write set
 * @GUARDSLOT_A_SLOT_RESETS: u64, times it was reset
 * @GUARDSLOT_A_SLOT_PURGES: u64, times it was purged
 * @GUARDSLOT_A_SLOT_FAULTS: u64, page faults served
 * @GUARDSLOT_A_SLOT_GUARD_HITS: u64, touches at or past a limit
 * @GUARDSLOT_A_SLOT_RECLAIMS: u64, times its pages were taken because memory was
 *                             short
 * @GUARDSLOT_A_SLOT_RECLAIMED_PAGES: u64, pages that were taken so
 * @GUARDSLOT_A_SLOT_LOOKS: u64, resets that looked for what was
 *                           written, and copied only that
 * @GUARDSLOT_A_SLOT_SKIPPED_PAGES: u64, pages that these did not copy
 * @GUARDSLOT_A_SLOT_GIVEN_BACK_PAGES: u64, pages that these freed, as they were
 *                                     not written for long
 * @GUARDSLOT_A_SLOT_ABSENT_PAGES: u64, pages that these copied because they had
 *                                 no page-table entry
 * @GUARDSLOT_A_SLOT_FLUSHES: u64, TLB flushes that these took
 * @GUARDSLOT_A_SLOT_WHOLE_MAPPED: u64, resets that copied all pages because the
 *                                 slab was mapped twice
 * @GUARDSLOT_A_SLOT_WHOLE_NOTIFIED: u64, the same because a guest or a device uses
 *                                   the caller's memory
 * @GUARDSLOT_A_SLOT_WHOLE_UNMAPPED: u64, the same because the caller has no map of
 *                                   all of the slot
 */
enum guardslot_slot_attr {
	GUARDSLOT_A_SLOT_POOL = 1,
	GUARDSLOT_A_SLOT_INDEX,
	GUARDSLOT_A_SLOT_PAD,
	GUARDSLOT_A_SLOT_IMAGE,
	GUARDSLOT_A_SLOT_TAG,
	GUARDSLOT_A_SLOT_STATE,
	GUARDSLOT_A_SLOT_LIMIT,
	GUARDSLOT_A_SLOT_RESIDENT_PAGES,
	GUARDSLOT_A_SLOT_SHARED_PAGES,
	GUARDSLOT_A_SLOT_WRITE_SET_PAGES,
	GUARDSLOT_A_SLOT_RESETS,
	GUARDSLOT_A_SLOT_PURGES,
	GUARDSLOT_A_SLOT_FAULTS,
	GUARDSLOT_A_SLOT_GUARD_HITS,
	GUARDSLOT_A_SLOT_RECLAIMS,
	GUARDSLOT_A_SLOT_RECLAIMED_PAGES,
	GUARDSLOT_A_SLOT_LOOKS,
	GUARDSLOT_A_SLOT_SKIPPED_PAGES,
	GUARDSLOT_A_SLOT_GIVEN_BACK_PAGES,
	GUARDSLOT_A_SLOT_ABSENT_PAGES,
	GUARDSLOT_A_SLOT_FLUSHES,
	GUARDSLOT_A_SLOT_WHOLE_MAPPED,
	GUARDSLOT_A_SLOT_WHOLE_NOTIFIED,
	GUARDSLOT_A_SLOT_WHOLE_UNMAPPED,

	__GUARDSLOT_A_SLOT_MAX,
	GUARDSLOT_A_SLOT_MAX = (__GUARDSLOT_A_SLOT_MAX - 1)
};

/**
 * enum guardslot_cap - the caps on pages
 * @GUARDSLOT_CAP_POOL: max_resident of the pool
 * @GUARDSLOT_CAP_USER: the module's parameter max_user_pages
 * @GUARDSLOT_CAP_MODULE: the module's parameter max_pages
 */
enum guardslot_cap {
	GUARDSLOT_CAP_POOL,
	GUARDSLOT_CAP_USER,
	GUARDSLOT_CAP_MODULE,
};

/**
 * enum guardslot_event_attr - an event that is no pool's coming or going
 * @GUARDSLOT_A_EVENT_POOL: u32, the pool's id
 * @GUARDSLOT_A_EVENT_PAD: before 64-bit values
 * @GUARDSLOT_A_EVENT_SLOT: u32, index of the slot; for a touch before the first
 *                          slot that one
 * @GUARDSLOT_A_EVENT_OFFSET: u64, where the touch was, from the start of the slab
 * @GUARDSLOT_A_EVENT_PID: u32, the process that touched or called
 * @GUARDSLOT_A_EVENT_COMM: string, the name of its thread
 * @GUARDSLOT_A_EVENT_SUPPRESSED: u32, events of this kind and pool that were left
 *                                out since the last one, to keep within
 *                                GUARDSLOT_EVENT_RATE
 * @GUARDSLOT_A_EVENT_CAP: u32, enum guardslot_cap
 * @GUARDSLOT_A_EVENT_CAP_PAGES: u64, the cap
 * @GUARDSLOT_A_EVENT_SLOTS: u32, slots that lost their pages
 * @GUARDSLOT_A_EVENT_PAGES: u64, pages that they had
 */
enum guardslot_event_attr {
	GUARDSLOT_A_EVENT_POOL = 1,
	GUARDSLOT_A_EVENT_PAD,
	GUARDSLOT_A_EVENT_SLOT,
	GUARDSLOT_A_EVENT_OFFSET,
	GUARDSLOT_A_EVENT_PID,
	GUARDSLOT_A_EVENT_COMM,
	GUARDSLOT_A_EVENT_SUPPRESSED,
	GUARDSLOT_A_EVENT_CAP,
	GUARDSLOT_A_EVENT_CAP_PAGES,
	GUARDSLOT_A_EVENT_SLOTS,
	GUARDSLOT_A_EVENT_PAGES,

	__GUARDSLOT_A_EVENT_MAX,
	GUARDSLOT_A_EVENT_MAX = (__GUARDSLOT_A_EVENT_MAX - 1)
};

#endif /* _UAPI_GUARDSLOT_NETLINK_H */
