// SPDX-License-Identifier: MIT
/*
 * The table of backends, and the choice between them.
 */
#include <errno.h>
#include <inttypes.h>
#include <stddef.h>

#include "backend/backend.h"
#include "base/error.h"
#include "slots/backends.h"

/* In the order in which SHIM_BACKEND_BEST tries them. */
static const struct backend {
	enum shim_backend kind;
	const struct shim_backend_ops *ops;
} backends[] = {
	{ SHIM_BACKEND_DEVICE, &shim_backend_device },
	{ SHIM_BACKEND_MMAP, &shim_backend_mmap },
};

#define COUNT (sizeof(backends) / sizeof(backends[0]))

/* Each kind from 1 on has a row, so the highest kind is their number. */
_Static_assert(COUNT == SHIM_BACKEND_MMAP, "a row for each kind");

int shim_backend_check(uint32_t kind)
{
	if (kind <= COUNT)
		return 0;
	return shim_error_set(-EINVAL, "backend %" PRIu32 " is over %zu", kind, COUNT);
}

static int backend_open(const struct backend *backend, struct shim_pool **pool)
{
	int error = backend->ops->open(pool);

	if (error)
		return error;
	(*pool)->ops = backend->ops;
	(*pool)->backend = backend->kind;
	return 0;
}

static int best_open(struct shim_pool **pool)
{
	int error = -ENOENT;

	for (size_t i = 0; i < COUNT; i++) {
		error = backend_open(&backends[i], pool);
		if (error)
			continue;
		/* The call succeeds, so the error of a backend tried before is not its own. */
		if (i)
			shim_error_clear();
		return 0;
	}
	return error;
}

int shim_backend_open(enum shim_backend kind, struct shim_pool **pool)
{
	for (size_t i = 0; i < COUNT; i++)
		if (backends[i].kind == kind)
			return backend_open(&backends[i], pool);
	return best_open(pool);
}
