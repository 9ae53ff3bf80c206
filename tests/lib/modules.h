/* SPDX-License-Identifier: MIT */
/*
 * Modules of binaries and of descs, and calls that must not make one.
 */
#ifndef TESTS_MODULES_H
#define TESTS_MODULES_H

#include "test.h"

#include <libshim.h>

#include "binary.h"

struct shim_module *module_parse(const struct binary *binary);
struct shim_module *module_load(const char *fixture);
struct shim_module *module_write(const char *text);
struct shim_module *module_create(const struct shim_module_desc *desc);

/* Parsing must fail so, and make nothing. */
void parse_fails(const char *text, int error, const char *message);

void create_fails(const struct shim_module_desc *desc, int error, const char *message);

/* One memory of so many pages, and nothing else. */
struct shim_module *module_memory(uint64_t minimum, uint64_t maximum);

/* One table of so many elements, and nothing else. */
struct shim_module *module_table(uint64_t minimum, uint64_t maximum);

/* One memory with a text in it. */
struct shim_module *module_text(uint64_t pages, uint32_t at, const char *text);

/* The index that an export of the module stands for. */
uint32_t export_index(const struct shim_module *module, const char *name);

#endif /* TESTS_MODULES_H */
