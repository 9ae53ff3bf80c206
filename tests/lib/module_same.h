/* SPDX-License-Identifier: MIT */
/*
 * Whether two modules are the same, by their descs, and by the images made of them.
 */
#ifndef TESTS_MODULE_SAME_H
#define TESTS_MODULE_SAME_H

#include <stdbool.h>

#include <libshim.h>

/* Whether two descs, both of modules, are of the same module. */
bool desc_same(const struct shim_module_desc *a, const struct shim_module_desc *b);

/* Whether two modules with the same desc have the same images of their memories. */
bool images_same(const struct shim_module *a, const struct shim_module *b);

#endif /* TESTS_MODULE_SAME_H */
