/* SPDX-License-Identifier: (GPL-2.0-only WITH Linux-syscall-note) OR MIT */
/*
 * The ABI of /dev/guardslot: guard-region memory slots with bulk reset.
 *
 * One header for the module, the library and the tests; its comments are the
 * reference, guardslot(4) and docs/architecture.md explain.
 */
#ifndef _UAPI_GUARDSLOT_H
#define _UAPI_GUARDSLOT_H

#include <linux/ioctl.h>
#include <linux/types.h>

#define GUARDSLOT_DEVICE "/dev/guardslot"

/* Grows by one with every change that a program could need to know of. */
#define GUARDSLOT_ABI_VERSION 1

/**
 * DOC: General ioctl format
 *
 * Every call takes a pointer to a struct that starts with its own size and a
 * flags word. A struct may grow at its end; a caller that passes an older,
 * shorter struct gets zeroes for what it does not know, and a caller that
 * passes a newer, longer one is understood as long as the tail is zero. For
 * that reason the ioctl numbers carry no size.
 *
 * Integers are host endian, sizes and offsets are bytes unless the name says
 * pages, pointers travel as __u64. Fields named out_ are written by the kernel
 * and ignored on the way in; on an error they hold nothing, but for out_done.
 *
 * All arguments are checked before anything changes. Errors mean the same for
 * every call:
 *
 * EFAULT: the struct or a vector in it cannot be read or written
 * ENOTTY: the number is no call of this device
 * EBADF: the file is open for reading only, and the call is neither INFO nor QUERY
 * EINVAL: the struct is shorter than the call's first version, or a value is
 *         understood and wrong
 * E2BIG: the struct's tail beyond what this kernel knows is not zero, or the
 *        struct is longer than a page
 * EOPNOTSUPP: a flag, a reserved field or a mode that this kernel does not know
 * ENOENT: no such slot or image; or the pool has no slots before CREATE
 * EBUSY: in use, as a second CREATE on one file
 * EOVERFLOW: sizes do not fit the arithmetic or the address space
 * ENOSPC: over a cap of the pool, of its user or of the module
 * ENOMEM: no memory
 * EINTR: a fatal signal ended a long call, or io_uring cancelled it; out_done says
 *        how far it came
 */
#define GUARDSLOT_IOCTL_TYPE 0xF5

/* clang-format off */
#define GUARDSLOT_IOC_INFO	     _IO(GUARDSLOT_IOCTL_TYPE, 0)
#define GUARDSLOT_IOC_CREATE	     _IO(GUARDSLOT_IOCTL_TYPE, 1)
#define GUARDSLOT_IOC_IMAGE_CREATE   _IO(GUARDSLOT_IOCTL_TYPE, 2)
#define GUARDSLOT_IOC_IMAGE_SNAPSHOT _IO(GUARDSLOT_IOCTL_TYPE, 3)
#define GUARDSLOT_IOC_IMAGE_DESTROY  _IO(GUARDSLOT_IOCTL_TYPE, 4)
#define GUARDSLOT_IOC_RESET	     _IO(GUARDSLOT_IOCTL_TYPE, 5)
#define GUARDSLOT_IOC_RESIZE	     _IO(GUARDSLOT_IOCTL_TYPE, 6)
#define GUARDSLOT_IOC_PREFAULT	     _IO(GUARDSLOT_IOCTL_TYPE, 7)
#define GUARDSLOT_IOC_PURGE	     _IO(GUARDSLOT_IOCTL_TYPE, 8)
#define GUARDSLOT_IOC_QUERY	     _IO(GUARDSLOT_IOCTL_TYPE, 9)
/* clang-format on */

/* _IOC_NR() of the last call; it grows with every call that is added. */
#define GUARDSLOT_IOC_LAST _IOC_NR(GUARDSLOT_IOC_QUERY)

#define GUARDSLOT_MAX_AREAS 16

/* The image id of a slot that is bound to no image: all zero. */
#define GUARDSLOT_IMAGE_NONE 0

/**
 * struct guardslot_info - ioctl(GUARDSLOT_IOC_INFO)
 * @size: sizeof(struct guardslot_info)
 * @flags: Must be 0
 * @out_abi_version: GUARDSLOT_ABI_VERSION of the module
 * @out_page_size: Granule of every size in this ABI
 * @out_features: Bits of enum guardslot_feature
 * @out_max_slots: Highest slot count of a pool
 * @out_max_areas: Highest area count of a slot
 * @out_max_map_size: Longest map of a pool: the addresses that mmap() without a
 *                    hint gives the caller, fewer of which may be free
 * @out_max_vector: Most slots in one vector
 * @out_claim_stride: Distance of two claim words
 *
 * Works before CREATE.
 */
struct guardslot_info {
	__u32 size;
	__u32 flags;
	__u32 out_abi_version;
	__u32 out_page_size;
	__aligned_u64 out_features;
	__u32 out_max_slots;
	__u32 out_max_areas;
	__aligned_u64 out_max_map_size;
	__u32 out_max_vector;
	__u32 out_claim_stride;
};

/**
 * enum guardslot_feature - bits of @out_features
 * @GUARDSLOT_FEATURE_SNAPSHOT: IMAGE_SNAPSHOT is there
 * @GUARDSLOT_FEATURE_SHARED_PAGES: pages of an image are mapped read-only into
 *                                  every slot bound to it until first written
 * @GUARDSLOT_FEATURE_WRITE_SETS: write sets are learned; PREFAULT is there
 * @GUARDSLOT_FEATURE_RECLAIM: idle slots are given back under memory pressure
 * @GUARDSLOT_FEATURE_ACCESS: debuggers and /proc/PID/mem reach slot memory
 * @GUARDSLOT_FEATURE_URING: io_uring makes RESET, PREFAULT and PURGE
 */
enum guardslot_feature {
	GUARDSLOT_FEATURE_SNAPSHOT = 1 << 0,
	GUARDSLOT_FEATURE_SHARED_PAGES = 1 << 1,
	GUARDSLOT_FEATURE_WRITE_SETS = 1 << 2,
	GUARDSLOT_FEATURE_RECLAIM = 1 << 3,
	GUARDSLOT_FEATURE_ACCESS = 1 << 4,
	GUARDSLOT_FEATURE_URING = 1 << 5,
};

/**
 * struct guardslot_area - one region inside every slot of a pool
 * @reserve: Address space of the region, not 0
 * @guard: Address space after it that never holds data; may be 0
 * @max: Highest limit that RESIZE or an image may set, at most @reserve
 * @initial: Limit in a slot that is bound to no image, at most @max
 *
 * All four are multiples of the page size.
 */
struct guardslot_area {
	__aligned_u64 reserve;
	__aligned_u64 guard;
	__aligned_u64 max;
	__aligned_u64 initial;
};

/**
 * enum guardslot_create_flags - flags of CREATE
 * @GUARDSLOT_CREATE_NO_WRITE_SETS: learn no write sets
 * @GUARDSLOT_CREATE_PREFAULT: the first touch of a slot that has no private
 *                             page brings in the write set of its image, up to
 *                             512 KiB of it and as far as the caps allow; what
 *                             it brings counts against them
 */
enum guardslot_create_flags {
	GUARDSLOT_CREATE_NO_WRITE_SETS = 1 << 0,
	GUARDSLOT_CREATE_PREFAULT = 1 << 1,
};

/**
 * struct guardslot_create - ioctl(GUARDSLOT_IOC_CREATE)
 * @size: sizeof(struct guardslot_create)
 * @flags: Bits of enum guardslot_create_flags
 * @slots: Number of slots, 1 to @out_max_slots of INFO
 * @area_count: Number of areas, 1 to GUARDSLOT_MAX_AREAS
 * @pre_guard: Address space before the first slot, a multiple of the page size
 * @max_resident: Cap on the private pages of all slots together, a multiple of
 *                the page size; 0: none
 * @keep_resident: Most bytes of private pages that a slot keeps over a RESET, a
 *                 multiple of the page size; 0: all it has
 * @areas: The areas, in the order in which they lie in a slot; those past
 *         @area_count must be 0
 * @out_map_size: Length of the slab, to be mapped at offset 0
 * @out_stride: Distance of two slots
 * @out_claim_offset: Offset at which the claim words can be mapped
 * @out_claim_size: Length of that mapping
 * @out_area_offset: Offset of each area in its slot
 *
 * Gives the pool its geometry, once for each open file (EBUSY after that).
 * Area a of slot s lies at pre_guard + s * out_stride + out_area_offset[a] of
 * the map. All slots are bound to no image.
 *
 * EINVAL: a count out of range, a size that is no multiple of the page size,
 *         max > reserve, initial > max, reserve == 0, an area past @area_count
 *         that is not 0
 * EOVERFLOW: the slab is longer than INFO's out_max_map_size
 * ENOSPC: the tables of the slots are over the cap of the user
 */
struct guardslot_create {
	__u32 size;
	__u32 flags;
	__u32 slots;
	__u32 area_count;
	__aligned_u64 pre_guard;
	__aligned_u64 max_resident;
	__aligned_u64 keep_resident;
	struct guardslot_area areas[GUARDSLOT_MAX_AREAS];
	__aligned_u64 out_map_size;
	__aligned_u64 out_stride;
	__aligned_u64 out_claim_offset;
	__aligned_u64 out_claim_size;
	__aligned_u64 out_area_offset[GUARDSLOT_MAX_AREAS];
};

/**
 * DOC: mmap
 *
 * The slab is at offset 0: MAP_SHARED, readable and writable, never executable
 * (EACCES), not inherited by fork, within out_map_size (EINVAL). Any page range
 * of it may be mapped, any number of times. Slot memory cannot be pinned:
 * O_DIRECT, registered io_uring buffers, vmsplice and process_vm_readv on it
 * fail with EFAULT; read(2) and write(2) work.
 *
 * A touch at or past an area's limit, in a guard or between areas is SIGSEGV at
 * that address (EFAULT in a system call). A touch that needs a page when a cap
 * is reached is SIGBUS.
 *
 * The claim words are at out_claim_offset, MAP_SHARED: word s is the __u32 at
 * s * out_claim_stride. Any page range of them may be mapped.
 *
 * ENOENT: the pool has no slots before CREATE
 * EINVAL: not MAP_SHARED, past the end, or a range that is in both
 * EACCES: PROT_EXEC; or PROT_WRITE and the file is open for reading only
 */

/**
 * enum guardslot_state - the claim word of a slot
 * @GUARDSLOT_ACTIVE: In use, or a pool that does not use claim words: the
 *                    kernel keeps off
 * @GUARDSLOT_IDLE: The slot is not in use and was reset: the kernel may take its
 *                  private pages when memory is short
 * @GUARDSLOT_RECLAIM: The kernel is doing so; back to IDLE in a moment
 *
 * User space moves IDLE to ACTIVE with compare-and-swap and ACTIVE to IDLE with
 * a store-release; only the kernel writes RECLAIM. Any other value is taken as
 * ACTIVE.
 */
enum guardslot_state {
	GUARDSLOT_ACTIVE = 0,
	GUARDSLOT_IDLE = 1,
	GUARDSLOT_RECLAIM = 2,
};

/**
 * struct guardslot_image_area - initial content of one area
 * @source: Address of the content
 * @length: Bytes at @source; 0: no content, @source is not looked at
 * @offset: Where in the area the content starts; any byte
 * @limit: Initial limit of the area, a multiple of the page size, at most the
 *         area's max; @offset + @length must lie within it
 *
 * What lies between content and limit is zero.
 */
struct guardslot_image_area {
	__aligned_u64 source;
	__aligned_u64 length;
	__aligned_u64 offset;
	__aligned_u64 limit;
};

/**
 * struct guardslot_image_create - ioctl(GUARDSLOT_IOC_IMAGE_CREATE)
 * @size: sizeof(struct guardslot_image_create)
 * @flags: Must be 0
 * @tag: The caller's name for what the image belongs to (a module id); many
 *       images may carry one tag
 * @areas: One entry for each area of the pool; the others must be 0
 * @out_image: Id of the image, never GUARDSLOT_IMAGE_NONE
 * @__reserved: Must be 0
 *
 * The content is copied; pages that are all zero take no memory.
 *
 * EINVAL: content outside the limit, limit over the area's max or no multiple
 *         of the page size, an entry past the pool's areas that is not 0
 * EOVERFLOW: @offset + @length is over 64 bits
 * ENOSPC: over the module's cap (images do not count against @max_resident), or
 *         all ids are in use
 * EINTR: a fatal signal; no image was made
 */
struct guardslot_image_create {
	__u32 size;
	__u32 flags;
	__aligned_u64 tag;
	struct guardslot_image_area areas[GUARDSLOT_MAX_AREAS];
	__u32 out_image;
	__u32 __reserved;
};

/**
 * struct guardslot_image_snapshot - ioctl(GUARDSLOT_IOC_IMAGE_SNAPSHOT)
 * @size: sizeof(struct guardslot_image_snapshot)
 * @flags: Must be 0
 * @tag: As in IMAGE_CREATE
 * @slot: The slot whose present content and limits become the image
 * @out_image: Id of the image
 *
 * The slot stays as it is, bound to what it was bound to. A snapshot of a slot
 * that another thread writes meanwhile holds some of what it writes.
 *
 * ENOENT: no such slot
 * ENOSPC, EINTR: as in IMAGE_CREATE
 * EHWPOISON: the memory of a page that the slot shows has failed
 */
struct guardslot_image_snapshot {
	__u32 size;
	__u32 flags;
	__aligned_u64 tag;
	__u32 slot;
	__u32 out_image;
};

/**
 * struct guardslot_image_destroy - ioctl(GUARDSLOT_IOC_IMAGE_DESTROY)
 * @size: sizeof(struct guardslot_image_destroy)
 * @flags: Must be 0
 * @image: The id to drop
 * @__reserved: Must be 0
 *
 * No slot can be bound to the image any more. Slots that are bound to it keep
 * its content, and its pages live, until they are rebound or purged.
 *
 * ENOENT: no such image
 */
struct guardslot_image_destroy {
	__u32 size;
	__u32 flags;
	__u32 image;
	__u32 __reserved;
};

/**
 * enum guardslot_reset_flags - flags of RESET
 * @GUARDSLOT_RESET_REBIND: bind the slots to @image first
 */
enum guardslot_reset_flags {
	GUARDSLOT_RESET_REBIND = 1 << 0,
};

/**
 * struct guardslot_reset - ioctl(GUARDSLOT_IOC_RESET)
 * @size: sizeof(struct guardslot_reset)
 * @flags: Bits of enum guardslot_reset_flags
 * @slots: Address of @count __u32 slot indices; one may stand there twice
 * @count: Number of slots, 0 to @out_max_vector of INFO
 * @image: With REBIND the image to bind to, or GUARDSLOT_IMAGE_NONE; without
 *         it 0
 * @out_done: Slots that were reset; written on an error too once the
 *            arguments were found right
 * @__reserved: Must be 0
 *
 * Every byte of every area of each slot reads as its image again (zero without
 * one) and the limits are the image's (the areas' initial without one). Once
 * the arguments are checked nothing but EINTR can end it early, or a vector of
 * more than 128 slots that another thread changes or unmaps meanwhile, or
 * memory that has failed.
 *
 * EHWPOISON: the memory of a page of the slot's image has failed; nothing of the last
 *            tenant is left in the slot, but it lacks that page
 * EINVAL: @count too high, or @image without REBIND
 * ENOENT: no such slot in the vector, or no such image
 */
struct guardslot_reset {
	__u32 size;
	__u32 flags;
	__aligned_u64 slots;
	__u32 count;
	__u32 image;
	__u32 out_done;
	__u32 __reserved;
};

/**
 * struct guardslot_resize - ioctl(GUARDSLOT_IOC_RESIZE)
 * @size: sizeof(struct guardslot_resize)
 * @flags: Must be 0
 * @slot: The slot
 * @area: The area
 * @limit: New limit, a multiple of the page size, at most the area's max
 * @out_old_limit: The limit before
 *
 * Growing touches no page: what is new reads as zero, or as the image where the
 * image reaches that far. Shrinking unmaps what lies past the limit before it
 * returns, and its content is gone.
 *
 * ENOENT: no such slot
 * EINVAL: no such area, a limit over its max or no multiple of the page size
 */
struct guardslot_resize {
	__u32 size;
	__u32 flags;
	__u32 slot;
	__u32 area;
	__aligned_u64 limit;
	__aligned_u64 out_old_limit;
};

/**
 * enum guardslot_prefault_flags - flags of PREFAULT
 * @GUARDSLOT_PREFAULT_RANGE: the range instead of the write set
 */
enum guardslot_prefault_flags {
	GUARDSLOT_PREFAULT_RANGE = 1 << 0,
};

/**
 * struct guardslot_prefault - ioctl(GUARDSLOT_IOC_PREFAULT)
 * @size: sizeof(struct guardslot_prefault)
 * @flags: Bits of enum guardslot_prefault_flags
 * @slots: Address of @count __u32 slot indices
 * @count: Number of slots, 0 to @out_max_vector of INFO
 * @area: RANGE: the area; else 0
 * @offset: RANGE: start of the range in the area, a multiple of the page size;
 *          else 0
 * @length: RANGE: length of the range, a multiple of the page size; else 0
 * @out_pages: Pages that became private
 * @out_done: Slots that are done; written on an error too once the arguments
 *            were found right
 * @__reserved: Must be 0
 *
 * Makes pages of each slot private and maps them writable, all in one go: the
 * write set of the image it is bound to, as far as it lies within the limits, or
 * the range. A slot without an image or a write set is done at once, and so is
 * an empty range.
 *
 * The pages are mapped in the caller's mapping of the slab. If it has several,
 * that is the one made last where that shows the whole slot, and otherwise every
 * one that shows some of it.
 *
 * The write set of an image is learned: the pages that became private in the
 * slots bound to it because they were touched.
 *
 * EINVAL: @count too high; without RANGE @area, @offset or @length not 0; no such
 *         area; a range that is no multiple of the page size, past the area's
 *         max, or (with @out_done slots done) past the slot's limit
 * ENOENT: no such slot in the vector
 * ENOSPC, ENOMEM, EINTR: the pages made until then stay, also those of the slot
 *                        that was at work
 * EHWPOISON: the same; the memory of a page of the slot or of its image has failed
 */
struct guardslot_prefault {
	__u32 size;
	__u32 flags;
	__aligned_u64 slots;
	__u32 count;
	__u32 area;
	__aligned_u64 offset;
	__aligned_u64 length;
	__aligned_u64 out_pages;
	__u32 out_done;
	__u32 __reserved;
};

/**
 * enum guardslot_purge_mode - what PURGE takes
 * @GUARDSLOT_PURGE_SLOTS: the @count slots at @slots
 * @GUARDSLOT_PURGE_IMAGE: all slots bound to @image
 * @GUARDSLOT_PURGE_TAG: all slots bound to an image that carries @tag,
 *                       destroyed images included
 * @GUARDSLOT_PURGE_IDLE: all slots whose claim word is IDLE
 */
enum guardslot_purge_mode {
	GUARDSLOT_PURGE_SLOTS = 0,
	GUARDSLOT_PURGE_IMAGE = 1,
	GUARDSLOT_PURGE_TAG = 2,
	GUARDSLOT_PURGE_IDLE = 3,
};

/**
 * struct guardslot_purge - ioctl(GUARDSLOT_IOC_PURGE)
 * @size: sizeof(struct guardslot_purge)
 * @flags: Must be 0
 * @mode: One of enum guardslot_purge_mode
 * @count: SLOTS: number of slots, 0 to @out_max_vector of INFO; else 0
 * @slots: SLOTS: address of @count __u32 slot indices; else 0
 * @tag: TAG: the tag; else 0
 * @image: IMAGE: the id; else 0
 * @out_done: Slots that were purged; written on an error too once the
 *            arguments were found right
 *
 * The slots' private pages go back to the system and their mappings are gone;
 * the next touch faults and finds the image, and the limits are the image's. A
 * slot whose image was destroyed is bound to no image afterwards. Up to 128 KiB
 * on each processor stay with the module for first writes to slots of the pool,
 * which overwrite them, until memory is short, a cap is met or the pool ends.
 *
 * EOPNOTSUPP: no such mode
 * EINVAL: @count too high, or a field that the mode does not look at is not 0
 * ENOENT: no such slot in the vector, or no such image (a destroyed one has no
 *         id any more: take its tag)
 */
struct guardslot_purge {
	__u32 size;
	__u32 flags;
	__u32 mode;
	__u32 count;
	__aligned_u64 slots;
	__aligned_u64 tag;
	__u32 image;
	__u32 out_done;
};

/**
 * struct guardslot_query - ioctl(GUARDSLOT_IOC_QUERY)
 * @size: sizeof(struct guardslot_query)
 * @flags: Must be 0
 * @slot: The slot
 * @out_image: Id of the image it is bound to, GUARDSLOT_IMAGE_NONE without one;
 *             the id of a destroyed image is reported until the slot lets go
 * @out_tag: That image's tag
 * @out_state: Its claim word, one of enum guardslot_state
 * @out_resident_pages: Its private pages
 * @out_limit: Limit of each area
 * @out_resets: Times it was reset
 * @out_purges: Times it was purged
 * @out_faults: Page faults served
 * @out_guard_hits: Touches at or past a limit
 * @out_reclaims: Times its pages were taken because memory was short
 * @out_shared_pages: Pages of its image that are mapped in it
 * @out_write_set_pages: Size of its image's write set
 * @out_looks: Resets that looked for the pages that were written, and copied only these
 * @out_skipped_pages: Pages that these did not copy
 * @out_given_back_pages: Pages that these freed, as they were not written for long
 * @out_absent_pages: Pages that these copied because nothing told whether they were
 *                    written, as they had no page-table entry
 * @out_flushes: TLB flushes that these took. The slots of a call share one, which is
 *               counted for one of them
 * @out_whole_mapped: Resets that copied all pages because the slab was mapped twice
 * @out_whole_notified: ... because a guest or a device uses the caller's memory
 * @out_whole_unmapped: ... because the caller has no map that shows all of the slot
 *
 * ENOENT: no such slot
 */
struct guardslot_query {
	__u32 size;
	__u32 flags;
	__u32 slot;
	__u32 out_image;
	__aligned_u64 out_tag;
	__u32 out_state;
	__u32 out_resident_pages;
	__aligned_u64 out_limit[GUARDSLOT_MAX_AREAS];
	__aligned_u64 out_resets;
	__aligned_u64 out_purges;
	__aligned_u64 out_faults;
	__aligned_u64 out_guard_hits;
	__aligned_u64 out_reclaims;
	__u32 out_shared_pages;
	__u32 out_write_set_pages;
	__aligned_u64 out_looks;
	__aligned_u64 out_skipped_pages;
	__aligned_u64 out_given_back_pages;
	__aligned_u64 out_absent_pages;
	__aligned_u64 out_flushes;
	__aligned_u64 out_whole_mapped;
	__aligned_u64 out_whole_notified;
	__aligned_u64 out_whole_unmapped;
};

/**
 * struct guardslot_uring - cmd of an IORING_OP_URING_CMD
 * @arg: Address of the call's struct, as ioctl() takes it
 * @__reserved: Must be 0
 *
 * io_uring makes RESET, PREFAULT and PURGE: the SQE has the device's descriptor
 * as fd, the number of the call as cmd_op, 0 as uring_cmd_flags, and this as
 * cmd. A worker of the kernel makes the call; res of the CQE is 0, or the error
 * of the call as -errno, and the fields out_ of the struct are written before.
 * The struct, and a vector in it, must stay until then. The addresses are those
 * of the process that submits, or with SQPOLL of the one that made the ring.
 *
 * Commands of one ring run in any order, and at the same time.
 *
 * ENOTTY: the number is no such call
 * EBADF: the file is open for reading only
 * EOPNOTSUPP: @__reserved or uring_cmd_flags is not 0; or the ring has
 *             IORING_SETUP_IOPOLL, on older kernels
 * ECANCELED: cancelled before it began
 * EINTR: cancelled while it ran; out_done slots are done, and all others are as
 *        they were
 */
struct guardslot_uring {
	__aligned_u64 arg;
	__aligned_u64 __reserved;
};

#endif /* _UAPI_GUARDSLOT_H */
