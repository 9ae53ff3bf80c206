/* SPDX-License-Identifier: MIT */
#ifndef SHIM_TYPE_IDS_H
#define SHIM_TYPE_IDS_H

#include "module/module.h"

/*
 * Canonical ids of types: equal types of all modules of the process have the same id, which
 * compiled code compares in an indirect call. Types are equal if their recursive groups
 * are, and they have the same place in them. No id is 0. An id is used again when no module
 * has its type any more.
 *
 * A type refers to types of its own group and of groups before it, so a module that has a
 * type has all that it refers to. The ids by which another type is known are valid as long
 * as one of these modules is.
 */

/*
 * Sets the module's type_ids of a whole group, the first after type_id_count, for which
 * there is room. -ENOMEM with a message.
 */
int shim_type_ids_get(struct shim_module *module, uint32_t count);

/* Gives all ids of the module back. */
void shim_type_ids_put(struct shim_module *module);

#endif /* SHIM_TYPE_IDS_H */
