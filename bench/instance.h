/* SPDX-License-Identifier: MIT */
/* What scenarios with libshim's allocators share. */
#ifndef BENCH_INSTANCE_H
#define BENCH_INSTANCE_H

#include <libshim.h>

/* Ends the program with the library's message where it failed. */
void must(int error);

/* A small module with everything that an instance can have, and 4 MiB of memory. */
struct shim_module *module_create(void);

#endif /* BENCH_INSTANCE_H */
