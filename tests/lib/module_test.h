/* SPDX-License-Identifier: MIT */
/*
 * What the tests of modules and of binaries include.
 */
#ifndef TESTS_MODULE_TEST_H
#define TESTS_MODULE_TEST_H

#include "test.h"

#include <libshim.h>

#include "binary.h"
#include "fixture.h"
#include "modules.h"
#include "must.h"

#endif /* TESTS_MODULE_TEST_H */
