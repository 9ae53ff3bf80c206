// SPDX-License-Identifier: MIT
/*
 * The table of backends, and the choice between them.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "backend/backend.h"
#include "base/error.h"
#include "slots/backends.h"

/* In the order in which SHIM_BACKEND_BEST tries them. */
static const struct backend {
	enum shim_backend kind;
	const char *name; /* for GUARDSLOT_BACKEND */
	const struct shim_backend_ops *ops;
} backends[] = {
	{ SHIM_BACKEND_DEVICE, "device", &shim_backend_device },
	{ SHIM_BACKEND_MMAP, "mmap", &shim_backend_mmap },
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

static int backend_open(const struct backend *backend, int file, struct shim_pool **pool)
{
	int error = backend->ops->open(file, pool);

	if (error)
		return error;
	(*pool)->ops = backend->ops;
	(*pool)->backend = backend->kind;
	return 0;
}

/* The error of the backend tried before is not the call's, but why it is not this one. */
static int next_open(const struct backend *backend, struct shim_pool **pool)
{
	char *reason = strdup(shim_error());
	int error = backend_open(backend, -1, pool);

	if (error)
		free(reason);
	else
		(*pool)->reason = reason;
	if (!error)
		shim_error_clear();
	return error;
}

static int first_open(struct shim_pool **pool)
{
	int error = backend_open(&backends[0], -1, pool);

	for (size_t i = 1; error && i < COUNT; i++)
		error = next_open(&backends[i], pool);
	return error;
}

static int named_open(const char *name, struct shim_pool **pool)
{
	for (size_t i = 0; i < COUNT; i++)
		if (!strcmp(backends[i].name, name))
			return backend_open(&backends[i], -1, pool);
	return shim_error_set(-EINVAL, "GUARDSLOT_BACKEND is \"%s\", not device or mmap", name);
}

int shim_backend_open(enum shim_backend kind, int file, struct shim_pool **pool)
{
	const char *name = secure_getenv("GUARDSLOT_BACKEND");

	/* A file of the caller's is the device's. */
	if (kind == SHIM_BACKEND_BEST && file >= 0)
		kind = SHIM_BACKEND_DEVICE;
	for (size_t i = 0; i < COUNT; i++)
		if (backends[i].kind == kind)
			return backend_open(&backends[i], file, pool);
	return name && *name ? named_open(name, pool) : first_open(pool);
}
