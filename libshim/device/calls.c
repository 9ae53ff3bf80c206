// SPDX-License-Identifier: MIT
/*
 * The table of the ABI's calls, and the parts of the ABI that the library relies on: the
 * size of each struct and the offset of a member near its end, and constants that have
 * the same value in the library.
 */
#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/ioctl.h>

#include <guardslot.h>

#include "base/error.h"
#include "device/calls.h"
#include "device/device_pool.h"

/*
 * CALL(name, struct, size, member, its offset). A struct that grows changes its size
 * here; a member never moves.
 */
#define CALLS(CALL)                                                       \
	CALL(INFO, guardslot_info, 48, out_claim_stride, 44)              \
	CALL(CREATE, guardslot_create, 712, out_area_offset, 584)         \
	CALL(IMAGE_CREATE, guardslot_image_create, 536, out_image, 528)   \
	CALL(IMAGE_SNAPSHOT, guardslot_image_snapshot, 24, out_image, 20) \
	CALL(IMAGE_DESTROY, guardslot_image_destroy, 16, image, 8)        \
	CALL(RESET, guardslot_reset, 32, out_done, 24)                    \
	CALL(RESIZE, guardslot_resize, 32, out_old_limit, 24)             \
	CALL(PREFAULT, guardslot_prefault, 56, out_done, 48)              \
	CALL(PURGE, guardslot_purge, 40, out_done, 36)                    \
	CALL(QUERY, guardslot_query, 272, out_write_set_pages, 204)

#define STRUCT_ASSERT(_name, _struct, _size, _member, _offset)             \
	_Static_assert(sizeof(struct _struct) == (_size), #_name " size"); \
	_Static_assert(offsetof(struct _struct, _member) == (_offset), #_name " members");
CALLS(STRUCT_ASSERT)

#define ROW(_name, _struct, _size, _member, _offset) \
	[_IOC_NR(GUARDSLOT_IOC_##_name)] = { #_name, _size },
static const struct {
	const char *name;
	uint32_t size;
} calls[] = { CALLS(ROW) };

#define ROW_COUNT(_name, _struct, _size, _member, _offset) +1
_Static_assert(sizeof(calls) / sizeof(calls[0]) == GUARDSLOT_IOC_LAST + 1, "the last call's row");
_Static_assert(CALLS(ROW_COUNT) == GUARDSLOT_IOC_LAST + 1, "a row for each call");

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

/* The text of an error that only the kernel can find. */
static const char *reason(int error)
{
	switch (error) {
	case EFAULT:
		return "memory that it was given cannot be read";
	case ENOSPC:
		return "over a cap of the pool, of the user or of the module";
	case EINTR:
		return "ended early by a fatal signal, or cancelled";
	case ECANCELED:
		return "cancelled before it began";
	case EOPNOTSUPP:
		return "not known to this module";
	default:
		return strerror(error);
	}
}

void shim_device_set_size(unsigned long request, void *args)
{
	unsigned int call = _IOC_NR(request);

	memcpy(args, &calls[call].size, sizeof(calls[call].size));
}

static int lost_error(const struct shim_device_pool *device)
{
	return shim_error_set(-EBADF,
			      "%s: the program closed descriptor %d, which was the library's",
			      GUARDSLOT_DEVICE, device->file.fd);
}

int shim_device_error(unsigned long request, int error)
{
	return shim_error_set(error, "%s: %s: %s", GUARDSLOT_DEVICE, calls[_IOC_NR(request)].name,
			      reason(-error));
}

int shim_device_check(struct shim_pool *pool)
{
	struct shim_device_pool *device = shim_device_pool(pool);

	if (atomic_load_explicit(&device->is_lost, memory_order_relaxed) ||
	    !shim_descriptor_is_intact(&device->file))
		return lost_error(device);
	return 0;
}

/* No other file knows the calls, so what they say tells whether the number is still ours. */
int shim_device_call(struct shim_pool *pool, unsigned long request, void *args)
{
	struct shim_device_pool *device = shim_device_pool(pool);
	int error;

	shim_device_set_size(request, args);
	if (atomic_load_explicit(&device->is_lost, memory_order_relaxed))
		return lost_error(device);
	if (!ioctl(device->file.fd, request, args))
		return 0;
	error = errno;
	if (!shim_descriptor_is_intact(&device->file))
		return lost_error(device);
	return shim_device_error(request, -error);
}

int shim_device_call_image(struct shim_pool *pool, unsigned long request, uint32_t image,
			   void *args)
{
	int error = shim_device_call(pool, request, args);

	return error == -ENOENT ? shim_image_error(image) : error;
}
