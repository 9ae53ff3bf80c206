// SPDX-License-Identifier: MIT
/*
 * Calls that io_uring makes: the checks before one is prepared, which are those of the call.
 */
#include <errno.h>
#include <inttypes.h>

#include "backend/backend.h"
#include "base/error.h"
#include "slots/slot.h"

static int size_check(const struct shim_command *command)
{
	if (!command)
		return shim_error_set(-EFAULT, "command is NULL");
	if (command->size < sizeof(*command))
		return shim_error_set(-EINVAL, "command: size %" PRIu32 " is under %zu",
				      command->size, sizeof(*command));
	if (command->kind > SHIM_COMMAND_PREFAULT_RANGE)
		return shim_error_set(-EOPNOTSUPP, "command: kind %" PRIu32 " is unknown",
				      command->kind);
	return 0;
}

static int unused_check(const struct shim_command *command)
{
	if (command->kind != SHIM_COMMAND_REBIND && command->image)
		return shim_error_set(-EINVAL, "command: image %" PRIu32 " with kind %" PRIu32,
				      command->image, command->kind);
	if (command->kind != SHIM_COMMAND_PREFAULT_RANGE &&
	    (command->area || command->offset || command->length))
		return shim_error_set(-EINVAL, "command: a range with kind %" PRIu32,
				      command->kind);
	if (command->reserved)
		return shim_error_set(-EINVAL, "command: reserved is %" PRIu32 ", not 0",
				      command->reserved);
	return 0;
}

static int range_check(const struct shim_pool *pool, const struct shim_command *command)
{
	struct shim_range range = {
		.area = command->area,
		.offset = command->offset,
		.length = command->length,
	};

	return command->kind == SHIM_COMMAND_PREFAULT_RANGE ? shim_range_check(pool, &range) : 0;
}

int shim_command_prepare(struct shim_pool *pool, struct shim_command *command,
			 struct io_uring_sqe *sqe)
{
	int error = size_check(command);

	if (error)
		return error;
	if (!sqe)
		return shim_error_set(-EFAULT, "sqe is NULL");
	error = unused_check(command);
	if (error)
		return error;
	error = shim_slot_vector_check(pool, command->slots, command->count);
	if (error)
		return error;
	error = range_check(pool, command);
	if (error)
		return error;
	if (!pool->ops->command_prepare)
		return shim_error_set(-EOPNOTSUPP, "%s: no call can be left to io_uring",
				      pool->backend == SHIM_BACKEND_MMAP ?
					      "the mmap backend" :
					      "a tool watches the slots");
	return pool->ops->command_prepare(pool, command, sqe);
}

int shim_command_finish(struct shim_pool *pool, const struct shim_command *command, int32_t res,
			uint64_t *pages, uint32_t *done)
{
	uint64_t made = 0;
	uint32_t finished = 0;
	int error = shim_pool_check(pool);

	if (error)
		goto set_done;
	error = size_check(command);
	if (error)
		goto set_done;
	if (!pool->ops->command_finish) {
		error = shim_error_set(-EOPNOTSUPP, "the mmap backend: no command was prepared");
		goto set_done;
	}
	error = pool->ops->command_finish(pool, command, res < 0 ? res : 0, &made, &finished);
set_done:
	if (pages)
		*pages = made;
	if (done)
		*done = finished;
	return error;
}
