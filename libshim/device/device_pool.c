// SPDX-License-Identifier: MIT
/*
 * The device backend: one ioctl an operation, for any number of slots.
 *
 * Nothing here locks or allocates once the pool is made; the kernel does the
 * work and keeps the state.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <guardslot.h>

#include "backend/backend.h"
#include "base/error.h"

struct device_pool {
	struct shim_pool pool;
	int fd;
	unsigned char *map;
	uint64_t claim_size;
};

/* The library's structs hand through what the ABI's say. */
_Static_assert(SHIM_MAX_AREAS == GUARDSLOT_MAX_AREAS, "areas");
_Static_assert(SHIM_IMAGE_NONE == GUARDSLOT_IMAGE_NONE, "no image");
_Static_assert((int)SHIM_SLOT_ACTIVE == GUARDSLOT_ACTIVE, "active");
_Static_assert((int)SHIM_SLOT_IDLE == GUARDSLOT_IDLE, "idle");
_Static_assert((int)SHIM_SLOT_RECLAIM == GUARDSLOT_RECLAIM, "reclaim");
_Static_assert((int)SHIM_PURGE_SLOTS == GUARDSLOT_PURGE_SLOTS, "by vector");
_Static_assert((int)SHIM_PURGE_IMAGE == GUARDSLOT_PURGE_IMAGE, "by image");
_Static_assert((int)SHIM_PURGE_TAG == GUARDSLOT_PURGE_TAG, "by tag");
_Static_assert((int)SHIM_PURGE_IDLE == GUARDSLOT_PURGE_IDLE, "idle ones");

_Static_assert((int)SHIM_POOL_NO_WRITE_SETS == GUARDSLOT_CREATE_NO_WRITE_SETS, "write sets");
_Static_assert((int)SHIM_POOL_PREFAULT == GUARDSLOT_CREATE_PREFAULT, "prefault");

/* The ABI: structs grow at their end, and nothing in them ever moves. */
_Static_assert(offsetof(struct guardslot_info, out_claim_stride) == 44, "info");
_Static_assert(offsetof(struct guardslot_create, out_area_offset) == 328, "create");
_Static_assert(offsetof(struct guardslot_image_create, out_image) == 272, "image create");
_Static_assert(offsetof(struct guardslot_image_snapshot, out_image) == 20, "snapshot");
_Static_assert(offsetof(struct guardslot_image_destroy, image) == 8, "image destroy");
_Static_assert(offsetof(struct guardslot_reset, out_done) == 24, "reset");
_Static_assert(offsetof(struct guardslot_resize, out_old_limit) == 24, "resize");
_Static_assert(offsetof(struct guardslot_prefault, out_done) == 48, "prefault");
_Static_assert(offsetof(struct guardslot_purge, out_done) == 36, "purge");
_Static_assert(offsetof(struct guardslot_query, out_write_set_pages) == 140, "query");

static struct device_pool *device_pool(struct shim_pool *pool)
{
	return (struct device_pool *)pool;
}

/* What is left for the kernel to refuse once the library found nothing. */
static const char *reason(int error)
{
	switch (error) {
	case EFAULT:
		return "memory that it was given cannot be read";
	case ENOSPC:
		return "over a cap of the pool or of the module";
	case EINTR:
		return "ended early by a fatal signal";
	case EOPNOTSUPP:
		return "not known to this module";
	default:
		return strerror(error);
	}
}

static int device_call(struct shim_pool *pool, unsigned long number, const char *name, void *arg)
{
	int error;

	if (!ioctl(device_pool(pool)->fd, number, arg))
		return 0;
	error = errno;
	return shim_error_set(-error, "%s: %s: %s", GUARDSLOT_DEVICE, name, reason(error));
}

/* The same for a call that names an image, which only the kernel can look up. */
static int image_call(struct shim_pool *pool, unsigned long number, const char *name,
		      uint32_t image, void *arg)
{
	int error = device_call(pool, number, name, arg);

	if (error == -ENOENT)
		return shim_image_error(image);
	return error;
}

/* ---- pool -------------------------------------------------------------------- */

static int info_read(struct shim_pool *pool)
{
	struct guardslot_info info = { .size = sizeof(info) };
	int error = device_call(pool, GUARDSLOT_IOC_INFO, "INFO", &info);

	if (error)
		return error;
	/* A newer module understands all that an older library says. */
	if (info.out_abi_version < GUARDSLOT_ABI_VERSION)
		return shim_error_set(-EOPNOTSUPP,
				      "%s: the module's ABI version %" PRIu32
				      " is under %d, which the library needs: load a newer module",
				      GUARDSLOT_DEVICE, info.out_abi_version,
				      GUARDSLOT_ABI_VERSION);
	pool->page_size = info.out_page_size;
	pool->limits.max_slots = info.out_max_slots;
	pool->limits.max_vector = info.out_max_vector;
	pool->limits.max_map_size = info.out_max_map_size;
	pool->claim_stride = info.out_claim_stride;
	return 0;
}

static void device_close(struct shim_pool *pool)
{
	struct device_pool *device = device_pool(pool);

	if (pool->claims)
		munmap(pool->claims, device->claim_size);
	if (device->map)
		munmap(device->map, pool->map_size);
	close(device->fd);
	free(device);
}

static int device_open(struct shim_pool **pool)
{
	struct device_pool *device = calloc(1, sizeof(*device));
	int error;

	if (!device)
		return shim_error_set(-ENOMEM, "pool: no memory");
	device->fd = open(GUARDSLOT_DEVICE, O_RDWR | O_CLOEXEC);
	if (device->fd < 0) {
		error = shim_error_set(-errno, "%s: %m%s", GUARDSLOT_DEVICE,
				       errno == ENOENT ? " (is the module loaded?)" : "");
		free(device);
		return error;
	}
	error = info_read(&device->pool);
	if (error) {
		device_close(&device->pool);
		return error;
	}
	*pool = &device->pool;
	return 0;
}

static int device_map(struct device_pool *device, const struct guardslot_create *args)
{
	struct shim_pool *pool = &device->pool;
	int protection = PROT_READ | PROT_WRITE;
	void *at = mmap(NULL, args->out_map_size, protection, MAP_SHARED, device->fd, 0);

	if (at == MAP_FAILED)
		return shim_error_set(-errno,
				      "slots %" PRIu32 ": no address space for a slab of %" PRIu64
				      " bytes: %m",
				      pool->slots, pool->map_size);
	device->map = at;
	at = mmap(NULL, args->out_claim_size, protection, MAP_SHARED, device->fd,
		  (off_t)args->out_claim_offset);
	if (at == MAP_FAILED)
		return shim_error_set(-errno, "slots %" PRIu32 ": claim words: %m", pool->slots);
	pool->claims = at;
	device->claim_size = args->out_claim_size;
	return 0;
}

static int device_create(struct shim_pool *pool, const struct shim_pool_config *config)
{
	struct guardslot_create args = {
		.size = sizeof(args),
		.flags = config->flags,
		.slots = config->slots,
		.area_count = config->area_count,
		.pre_guard = config->pre_guard,
		.max_resident = config->max_resident,
		.keep_resident = config->keep_resident,
	};
	struct device_pool *device = device_pool(pool);
	int error;

	for (uint32_t i = 0; i < config->area_count; i++) {
		args.areas[i].reserve = config->areas[i].reserve;
		args.areas[i].guard = config->areas[i].guard;
		args.areas[i].max = config->areas[i].max;
		args.areas[i].initial = config->areas[i].initial;
	}
	error = device_call(pool, GUARDSLOT_IOC_CREATE, "CREATE", &args);
	if (error)
		return error;

	/* The kernel's word on the layout is the one that holds. */
	pool->map_size = args.out_map_size;
	pool->stride = args.out_stride;
	for (uint32_t i = 0; i < SHIM_MAX_AREAS; i++)
		pool->area_offset[i] = args.out_area_offset[i];
	error = device_map(device, &args);
	if (error)
		return error;
	pool->first_slot = device->map + config->pre_guard;
	return 0;
}

/* ---- images ------------------------------------------------------------------ */

static int device_image_create(struct shim_pool *pool, uint64_t tag,
			       const struct shim_image_area *areas, uint32_t *image)
{
	struct guardslot_image_create args = { .size = sizeof(args), .tag = tag };
	int error;

	for (uint32_t i = 0; i < pool->area_count; i++) {
		args.areas[i].source = (uintptr_t)areas[i].source;
		args.areas[i].length = areas[i].length;
		args.areas[i].offset = areas[i].offset;
		args.areas[i].limit = areas[i].limit;
	}
	error = device_call(pool, GUARDSLOT_IOC_IMAGE_CREATE, "IMAGE_CREATE", &args);
	if (!error)
		*image = args.out_image;
	return error;
}

static int device_image_snapshot(struct shim_pool *pool, uint64_t tag, uint32_t slot,
				 uint32_t *image)
{
	struct guardslot_image_snapshot args = {
		.size = sizeof(args),
		.tag = tag,
		.slot = slot,
	};
	int error = device_call(pool, GUARDSLOT_IOC_IMAGE_SNAPSHOT, "IMAGE_SNAPSHOT", &args);

	if (!error)
		*image = args.out_image;
	return error;
}

static int device_image_destroy(struct shim_pool *pool, uint32_t image)
{
	struct guardslot_image_destroy args = { .size = sizeof(args), .image = image };

	return image_call(pool, GUARDSLOT_IOC_IMAGE_DESTROY, "IMAGE_DESTROY", image, &args);
}

/* ---- slots ------------------------------------------------------------------- */

static int device_slot_reset(struct shim_pool *pool, const uint32_t *slots, uint32_t count,
			     bool rebind, uint32_t image, uint32_t *done)
{
	struct guardslot_reset args = {
		.size = sizeof(args),
		.flags = rebind ? GUARDSLOT_RESET_REBIND : 0,
		.slots = (uintptr_t)slots,
		.count = count,
		.image = image,
	};
	int error = image_call(pool, GUARDSLOT_IOC_RESET, "RESET", image, &args);

	*done = args.out_done;
	return error;
}

static int device_slot_resize(struct shim_pool *pool, uint32_t slot, uint32_t area, uint64_t limit,
			      uint64_t *old_limit)
{
	struct guardslot_resize args = {
		.size = sizeof(args),
		.slot = slot,
		.area = area,
		.limit = limit,
	};
	int error = device_call(pool, GUARDSLOT_IOC_RESIZE, "RESIZE", &args);

	*old_limit = args.out_old_limit;
	return error;
}

static int device_slot_query(struct shim_pool *pool, uint32_t slot, struct shim_slot_info *info)
{
	struct guardslot_query args = { .size = sizeof(args), .slot = slot };
	int error = device_call(pool, GUARDSLOT_IOC_QUERY, "QUERY", &args);

	if (error)
		return error;
	info->image = args.out_image;
	info->state = args.out_state;
	info->tag = args.out_tag;
	for (uint32_t i = 0; i < SHIM_MAX_AREAS; i++)
		info->limit[i] = args.out_limit[i];
	info->resident_pages = args.out_resident_pages;
	info->resets = args.out_resets;
	info->purges = args.out_purges;
	info->faults = args.out_faults;
	info->guard_hits = args.out_guard_hits;
	info->reclaims = args.out_reclaims;
	info->shared_pages = args.out_shared_pages;
	info->write_set_pages = args.out_write_set_pages;
	return 0;
}

/* With the arguments checked, EINVAL is a slot whose limit the range is past. */
static int device_slot_prefault(struct shim_pool *pool, const uint32_t *slots, uint32_t count,
				const struct shim_range *range, uint64_t *pages, uint32_t *done)
{
	struct guardslot_prefault args = {
		.size = sizeof(args),
		.slots = (uintptr_t)slots,
		.count = count,
	};
	int error;

	if (range) {
		args.flags = GUARDSLOT_PREFAULT_RANGE;
		args.area = range->area;
		args.offset = range->offset;
		args.length = range->length;
	}
	error = device_call(pool, GUARDSLOT_IOC_PREFAULT, "PREFAULT", &args);
	*pages = args.out_pages;
	*done = args.out_done;
	if (error == -EINVAL && range && args.out_done < count)
		return shim_range_error(slots[args.out_done], range);
	return error;
}

static int device_purge(struct shim_pool *pool, const struct shim_purge *purge, uint32_t *done)
{
	struct guardslot_purge args = {
		.size = sizeof(args),
		.mode = (uint32_t)purge->mode,
		.count = purge->count,
		.slots = (uintptr_t)purge->slots,
		.tag = purge->tag,
		.image = purge->image,
	};
	int error = image_call(pool, GUARDSLOT_IOC_PURGE, "PURGE", purge->image, &args);

	*done = args.out_done;
	return error;
}

const struct shim_backend_ops shim_backend_device = {
	.open = device_open,
	.create = device_create,
	.close = device_close,
	.image_create = device_image_create,
	.image_snapshot = device_image_snapshot,
	.image_destroy = device_image_destroy,
	.slot_reset = device_slot_reset,
	.slot_resize = device_slot_resize,
	.slot_prefault = device_slot_prefault,
	.slot_query = device_slot_query,
	.purge = device_purge,
};
