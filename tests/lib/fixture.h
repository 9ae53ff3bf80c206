/* SPDX-License-Identifier: MIT */
/*
 * The WebAssembly binaries of build/tests/data, which tests/data.mk makes.
 */
#ifndef TESTS_FIXTURE_H
#define TESTS_FIXTURE_H

#include "binary.h"

/* FOLDER/NAME, without .wasm. */
struct binary fixture_load(const char *name);

/* Calls test for each .wasm file of a folder of tests/data; how many? */
int folder_each(const char *folder, void (*test)(const char *path));

#endif /* TESTS_FIXTURE_H */
