/* SPDX-License-Identifier: MIT */
/*
 * What an allocator takes of a module. The messages name the limit, the need and,
 * for the instance state, what it consists of.
 */
#ifndef SHIM_MODULE_LIMITS_H
#define SHIM_MODULE_LIMITS_H

#include <libshim/instances.h>

#include "module/module.h"

/* -ENOSPC: the module is over a limit of the config; or as below. */
int shim_module_limits_check(const struct shim_module *module,
			     const struct shim_allocator_config *config);

/* -EOPNOTSUPP: the module defines a shared memory, which no allocator has. */
int shim_module_unshared_check(const struct shim_module *module);

#endif /* SHIM_MODULE_LIMITS_H */
