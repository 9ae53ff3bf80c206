/* SPDX-License-Identifier: MIT */
#ifndef SHIM_TYPE_IDS_H
#define SHIM_TYPE_IDS_H

#include "module/module.h"

/*
 * Canonical ids of function types: equal types of all modules of the process have the
 * same id, which compiled code compares in an indirect call. No id is 0. An id is used
 * again when no module has its type any more.
 */

/* Sets the module's type_ids. -ENOMEM with a message. */
int shim_type_ids_get(struct shim_module *module);

/* Gives the ids back. A module without type_ids is allowed. */
void shim_type_ids_put(struct shim_module *module);

#endif /* SHIM_TYPE_IDS_H */
