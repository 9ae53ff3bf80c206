// SPDX-License-Identifier: MIT
/*
 * Calls that io_uring makes: the struct of the call lies in the caller's command, where it
 * stays until the call has been made, and the SQE names it.
 */
#include <errno.h>
#include <stddef.h>
#include <string.h>

#include <guardslot.h>
#include <linux/io_uring.h>

#include "base/error.h"
#include "device/calls.h"
#include "device/device_pool.h"

union args {
	struct guardslot_reset reset;
	struct guardslot_purge purge;
	struct guardslot_prefault prefault;
};

_Static_assert(sizeof(union args) <= sizeof(((struct shim_command *)0)->kernel), "room for it");
_Static_assert(_Alignof(union args) <= _Alignof(uint64_t), "alignment");

static unsigned long request_of(const struct shim_command *command)
{
	switch (command->kind) {
	case SHIM_COMMAND_PURGE:
		return GUARDSLOT_IOC_PURGE;
	case SHIM_COMMAND_PREFAULT:
	case SHIM_COMMAND_PREFAULT_RANGE:
		return GUARDSLOT_IOC_PREFAULT;
	default:
		return GUARDSLOT_IOC_RESET;
	}
}

static void args_fill(union args *args, const struct shim_command *command)
{
	uintptr_t slots = (uintptr_t)command->slots;

	memset(args, 0, sizeof(*args));
	switch (command->kind) {
	case SHIM_COMMAND_PURGE:
		args->purge.mode = GUARDSLOT_PURGE_SLOTS;
		args->purge.slots = slots;
		args->purge.count = command->count;
		break;
	case SHIM_COMMAND_PREFAULT_RANGE:
		args->prefault.flags = GUARDSLOT_PREFAULT_RANGE;
		args->prefault.area = command->area;
		args->prefault.offset = command->offset;
		args->prefault.length = command->length;
		/* fall through */
	case SHIM_COMMAND_PREFAULT:
		args->prefault.slots = slots;
		args->prefault.count = command->count;
		break;
	case SHIM_COMMAND_REBIND:
		args->reset.flags = GUARDSLOT_RESET_REBIND;
		args->reset.image = command->image;
		/* fall through */
	default:
		args->reset.slots = slots;
		args->reset.count = command->count;
	}
}

static void sqe_fill(struct io_uring_sqe *sqe, int fd, unsigned long request, const void *args)
{
	struct guardslot_uring cmd = { .arg = (uintptr_t)args };
	__u64 user_data = sqe->user_data;

	memset(sqe, 0, sizeof(*sqe));
	sqe->opcode = IORING_OP_URING_CMD;
	sqe->fd = fd;
	sqe->cmd_op = (__u32)request;
	sqe->user_data = user_data;
	memcpy((char *)sqe + offsetof(struct io_uring_sqe, cmd), &cmd, sizeof(cmd));
}

int shim_device_command_prepare(struct shim_pool *pool, struct shim_command *command,
				struct io_uring_sqe *sqe)
{
	const struct shim_device_pool *device = shim_device_pool(pool);
	union args *args = (union args *)command->kernel;
	unsigned long request = request_of(command);
	int error = shim_device_check(pool);

	if (error)
		return error;
	if (!device->has_commands)
		return shim_error_set(-EOPNOTSUPP,
				      "%s: the module is older, or its kernel has no io_uring",
				      GUARDSLOT_DEVICE);
	args_fill(args, command);
	shim_device_set_size(request, args);
	sqe_fill(sqe, device->file.fd, request, args);
	return 0;
}

/* All else was checked, so -EINVAL means that the range is past a slot's limit. */
static int error_of(const struct shim_command *command, int error, uint32_t done)
{
	struct shim_range range = {
		.area = command->area,
		.offset = command->offset,
		.length = command->length,
	};

	if (error == -ENOENT && command->kind == SHIM_COMMAND_REBIND)
		return shim_image_error(command->image);
	if (error == -EINVAL && command->kind == SHIM_COMMAND_PREFAULT_RANGE &&
	    done < command->count)
		return shim_range_error(command->slots[done], &range);
	return shim_device_error(request_of(command), error);
}

int shim_device_command_finish(struct shim_pool *pool, const struct shim_command *command,
			       int error, uint64_t *pages, uint32_t *done)
{
	const union args *args = (const union args *)command->kernel;

	(void)pool;
	switch (request_of(command)) {
	case GUARDSLOT_IOC_PURGE:
		*done = args->purge.out_done;
		break;
	case GUARDSLOT_IOC_PREFAULT:
		*done = args->prefault.out_done;
		*pages = args->prefault.out_pages;
		break;
	default:
		*done = args->reset.out_done;
	}
	return error ? error_of(command, error, *done) : 0;
}
