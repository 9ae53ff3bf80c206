/* SPDX-License-Identifier: MIT */
/*
 * The module unloaded, and loaded again as the test guest had it, with its parameters
 * beside it.
 */
#ifndef TESTS_RELOAD_H
#define TESTS_RELOAD_H

#include "test.h"

long module_unload(void);

/* After the last reference was put: that may take a moment. */
void test_module_unload(void);

void test_module_load(void);

#endif /* TESTS_RELOAD_H */
