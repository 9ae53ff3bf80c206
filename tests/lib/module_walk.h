/* SPDX-License-Identifier: MIT */
/*
 * What must be true of every module, however it was made. Every byte that the module
 * has is read.
 */
#ifndef TESTS_MODULE_WALK_H
#define TESTS_MODULE_WALK_H

#include <libshim.h>

/* What is wrong with a module, or NULL. */
const char *module_problem(const struct shim_module *module);

#endif /* TESTS_MODULE_WALK_H */
