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
 * Makes an empty pool of a backend that was checked, on a file or, with -1, on one of its
 * own. SHIM_BACKEND_BEST is what GUARDSLOT_BACKEND in the environment says, else the first
 * that can be opened. The error is that of the last one tried.
 *
 * -EINVAL: GUARDSLOT_BACKEND names no backend
 */
int shim_backend_open(enum shim_backend kind, int file, struct shim_pool **pool);

#endif /* SHIM_BACKENDS_H */
