/* SPDX-License-Identifier: MIT */
/*
 * What the tests of instances and of allocators include.
 */
#ifndef TESTS_ALLOCATOR_TEST_H
#define TESTS_ALLOCATOR_TEST_H

#include "test.h"

#include "allocators.h"
#include "format.h"
#include "instances.h"
#include "module_test.h"

#endif /* TESTS_ALLOCATOR_TEST_H */
