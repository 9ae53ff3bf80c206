/* SPDX-License-Identifier: MIT */
/*
 * How the library makes the calls of the kernel's ABI.
 */
#ifndef SHIM_CALLS_H
#define SHIM_CALLS_H

#include "backend/backend.h"

/*
 * Makes a call on the pool's file. args is the call's struct; its size is set here.
 * Returns 0 or a negative errno with its message set.
 */
int shim_device_call(struct shim_pool *pool, unsigned long request, void *args);

/*
 * The same for a call that names an image, which only the kernel can look up. -ENOENT
 * has the message that the pool has no such image.
 */
int shim_device_call_image(struct shim_pool *pool, unsigned long request, uint32_t image,
			   void *args);

/* What a call made otherwise needs: its struct's size, the pool's file, and the message. */
void shim_device_set_size(unsigned long request, void *args);
/* -EBADF, with a message: the program closed the pool's file. */
int shim_device_check(struct shim_pool *pool);
int shim_device_error(unsigned long request, int error);

#endif /* SHIM_CALLS_H */
