// SPDX-License-Identifier: MIT
/*
 * The pool of the device backend: an open file of the device, with the slab and the
 * claim words mapped.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <guardslot.h>

#include "base/error.h"
#include "base/map_error.h"
#include "device/calls.h"
#include "device/device_pool.h"

/* What the device is told; the library sees to the other flags. */
#define DEVICE_FLAGS (SHIM_POOL_NO_WRITE_SETS | SHIM_POOL_PREFAULT)

/* A node can have another driver's number, or be none, and the caller's file can be any. */
static int stranger_error(void)
{
	return shim_error_set(-ENODEV,
			      "%s: what is there is not guardslot's: remove it, and load the "
			      "module again",
			      GUARDSLOT_DEVICE);
}

/* Another driver may know a call of this number, and what it leaves is no answer. */
static bool is_answer(const struct guardslot_info *info)
{
	return info->out_page_size == (uint64_t)sysconf(_SC_PAGESIZE) && info->out_max_slots &&
	       info->out_max_vector && info->out_claim_stride;
}

static int info_read(struct shim_pool *pool)
{
	struct guardslot_info info = { 0 };
	int error = shim_device_call(pool, GUARDSLOT_IOC_INFO, &info);

	if (error == -ENOTTY || error == -EINVAL || (!error && !is_answer(&info)))
		return stranger_error();
	if (error)
		return error;
	/* The ABI only grows, so a newer module serves an older library. */
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
	shim_device_pool(pool)->has_commands = info.out_features & GUARDSLOT_FEATURE_URING;
	return 0;
}

/*
 * The pools with an open file. Two can have one number only when the program closed the
 * first one's. Its calls would then be the second one's, and so it is lost.
 */
static struct shim_device_pool *pools; /* under the lock of the process */

static void pools_add(struct shim_device_pool *device)
{
	shim_process_lock();
	for (struct shim_device_pool *other = pools; other; other = other->next)
		if (other->file.fd == device->file.fd)
			atomic_store_explicit(&other->is_lost, true, memory_order_relaxed);
	device->next = pools;
	pools = device;
	shim_process_unlock();
}

static void pools_remove(struct shim_device_pool *device)
{
	struct shim_device_pool **at = &pools;

	shim_process_lock();
	while (*at != device)
		at = &(*at)->next;
	*at = device->next;
	if (!atomic_load_explicit(&device->is_lost, memory_order_relaxed))
		shim_descriptor_uninit(&device->file);
	shim_process_unlock();
}

static void device_close(struct shim_pool *pool)
{
	struct shim_device_pool *device = shim_device_pool(pool);

	if (*pool->mark && pool->claims)
		munmap(pool->claims, device->claim_size);
	if (*pool->mark && device->map)
		munmap(device->map, pool->map_size);
	pools_remove(device);
	shim_pool_free(pool);
}

/* No node, or a node that outlived the module: of no driver, or of none with that number. */
static bool is_nothing_there(int error)
{
	return error == -ENOENT || error == -ENXIO || error == -ENODEV;
}

static const char *hint(int error)
{
	if (is_nothing_there(error))
		return " (is the module loaded?)";
	/* Permissions of the file are EACCES. */
	return error == -EPERM ? " (do the cgroup and the filter of system calls of this service "
				 "or container allow it?)" :
				 "";
}

/* A new file of the device, or a copy of the caller's, under a number of ours. */
static int file_open(struct shim_device_pool *device, int file)
{
	int fd = file < 0 ? open(GUARDSLOT_DEVICE, O_RDWR | O_CLOEXEC) :
			    fcntl(file, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	int error = fd < 0 ? -errno : shim_descriptor_init(&device->file, fd);

	if (!error)
		return 0;
	errno = -error;
	if (file >= 0)
		return shim_error_set(error, "descriptor %d: %m", file);
	return shim_error_set(error, "%s: %m%s", GUARDSLOT_DEVICE, fd < 0 ? hint(error) : "");
}

static int device_open(int file, struct shim_pool **pool)
{
	struct shim_device_pool *device = calloc(1, sizeof(*device));
	int error;

	if (!device)
		return shim_error_set(-ENOMEM, "pool: no memory");
	error = file_open(device, file);
	if (error)
		goto free_device;
	pools_add(device);
	error = info_read(&device->pool);
	if (error)
		goto remove_pool;
	*pool = &device->pool;
	return 0;
remove_pool:
	pools_remove(device);
free_device:
	free(device);
	return error;
}

/* The kernel's layout replaces the one that the library computed. */
static void layout_set(struct shim_pool *pool, const struct guardslot_create *args)
{
	pool->map_size = args->out_map_size;
	pool->stride = args->out_stride;
	for (uint32_t i = 0; i < SHIM_MAX_AREAS; i++)
		pool->area_offset[i] = args->out_area_offset[i];
}

static int device_map(struct shim_device_pool *device, const struct guardslot_create *args)
{
	struct shim_pool *pool = &device->pool;
	int protection = PROT_READ | PROT_WRITE, fd = device->file.fd;
	void *at = mmap(NULL, args->out_map_size, protection, MAP_SHARED, fd, 0);

	if (at == MAP_FAILED)
		return shim_slab_error(pool, -errno);
	device->map = at;
	at = mmap(NULL, args->out_claim_size, protection, MAP_SHARED, fd,
		  (off_t)args->out_claim_offset);
	if (at == MAP_FAILED) {
		int error = shim_map_error(-errno, args->out_claim_size, 0);

		return shim_error_prefix(error, "slots %" PRIu32 ": claim words: ", pool->slots);
	}
	pool->claims = at;
	device->claim_size = args->out_claim_size;
	return 0;
}

static int device_create(struct shim_pool *pool, const struct shim_pool_config *config)
{
	struct guardslot_create args = {
		.flags = config->flags & DEVICE_FLAGS,
		.slots = config->slots,
		.area_count = config->area_count,
		.pre_guard = config->pre_guard,
		.max_resident = config->max_resident,
		.keep_resident = config->keep_resident,
	};
	struct shim_device_pool *device = shim_device_pool(pool);
	int error;

	for (uint32_t i = 0; i < config->area_count; i++) {
		args.areas[i].reserve = config->areas[i].reserve;
		args.areas[i].guard = config->areas[i].guard;
		args.areas[i].max = config->areas[i].max;
		args.areas[i].initial = config->areas[i].initial;
	}
	error = shim_device_call(pool, GUARDSLOT_IOC_CREATE, &args);
	if (error)
		return error;

	layout_set(pool, &args);
	error = device_map(device, &args);
	if (error)
		return error;
	pool->first_slot = device->map + config->pre_guard;
	return 0;
}

/* The number in a line of fdinfo, after the name and a tab; 0 where there is none. */
static uint64_t fdinfo_number(const char *text, const char *name)
{
	const char *line = strstr(text, name);

	return line ? strtoull(line + strlen(name), NULL, 10) : 0;
}

/* The kernel shows what a pool has in /proc only, which need not be there. */
static void device_query(struct shim_pool *pool, struct shim_pool_info *info)
{
	const struct shim_device_pool *device = shim_device_pool(pool);
	const struct shim_descriptor *file = &device->file;
	char path[64], text[1024];
	ssize_t length;
	int fd;

	info->descriptor = -1;
	if (atomic_load_explicit(&device->is_lost, memory_order_relaxed) ||
	    !shim_descriptor_is_intact(file))
		return;
	info->descriptor = file->fd;
	snprintf(path, sizeof(path), "/proc/thread-self/fdinfo/%d", file->fd);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	length = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (length <= 0)
		return;
	text[length] = '\0';
	info->id = fdinfo_number(text, "guardslot_pool:\t");
	info->images = fdinfo_number(text, "guardslot_images:\t");
	info->resident = fdinfo_number(text, "guardslot_resident:\t") * 1024;
	info->image_bytes = fdinfo_number(text, "guardslot_image_pages:\t") * 1024;
}

const struct shim_backend_ops shim_backend_device = {
	.open = device_open,
	.create = device_create,
	.close = device_close,
	.image_create = shim_device_image_create,
	.image_snapshot = shim_device_image_snapshot,
	.image_destroy = shim_device_image_destroy,
	.slot_reset = shim_device_slot_reset,
	.slot_resize = shim_device_slot_resize,
	.slot_prefault = shim_device_slot_prefault,
	.slot_query = shim_device_slot_query,
	.purge = shim_device_purge,
	.command_prepare = shim_device_command_prepare,
	.command_finish = shim_device_command_finish,
	.query = device_query,
};
