/* SPDX-License-Identifier: MIT */
/*
 * The types that a module defines: validation of each, and of their recursive groups.
 */
#ifndef SHIM_TYPES_H
#define SHIM_TYPES_H

#include "module/module.h"

/* Most supertypes above a type, which bounds what a comparison of two types takes. */
#define SHIM_TYPE_DEPTH 63

/* The functions of the list of types: see struct shim_list. */
int shim_type_check(struct shim_module *module, uint32_t index);
int shim_type_follow(struct shim_module *module, uint32_t index);
int shim_types_finish(struct shim_module *module);

#endif /* SHIM_TYPES_H */
