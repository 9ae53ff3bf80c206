/* SPDX-License-Identifier: MIT */
/*
 * The choice of a backend.
 */
#ifndef SHIM_BACKENDS_H
#define SHIM_BACKENDS_H

#include <libshim/slots.h>

/* -EINVAL where there is no such backend. */
int shim_backend_check(uint32_t kind);

/*
 * Makes an empty pool of a backend that was checked; SHIM_BACKEND_BEST is the first
 * that can be opened. The error is that of the last one tried.
 */
int shim_backend_open(enum shim_backend kind, struct shim_pool **pool);

#endif /* SHIM_BACKENDS_H */
