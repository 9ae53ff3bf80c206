/* SPDX-License-Identifier: MIT */
#ifndef SHIM_TYPE_IDS_H
#define SHIM_TYPE_IDS_H

#include "module/module.h"

/*
 * Numbers of function types that are the same for equal types of all modules of
 * the process, and never 0: what compiled code compares in an indirect call. A
 * number is given anew when no module has its type any more.
 */

/* Sets the module's type_ids. -ENOMEM with the message set. */
int shim_type_ids_get(struct shim_module *module);

/* Gives the numbers back; a module without type_ids is allowed. */
void shim_type_ids_put(struct shim_module *module);

#endif /* SHIM_TYPE_IDS_H */
