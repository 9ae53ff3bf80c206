/* SPDX-License-Identifier: MIT */
/*
 * Structs whose size the caller gives, so that they can grow at their end.
 */
#ifndef SHIM_STRUCT_COPY_H
#define SHIM_STRUCT_COPY_H

#include <stddef.h>

/*
 * Copies a struct of the caller that begins with its size as a uint32_t. The
 * caller's header may be older than the library's or newer: a shorter struct is
 * filled up with zeroes, and of a longer one the rest must be 0. In the copy the
 * size is known_size.
 *
 * known_size is sizeof(*to), first_size what the first version of the struct had.
 *
 * -EINVAL: shorter than first_size
 * -E2BIG: longer than known_size, and a byte of the rest is not 0
 */
int shim_struct_copy(void *to, size_t known_size, size_t first_size, const void *from);

/*
 * The other way: gives the caller what its struct has room for, and zeroes for what is not
 * known here. size is what the caller's struct begins with, which stays.
 *
 * -EINVAL: shorter than first_size
 */
int shim_struct_fill(void *to, size_t known_size, size_t first_size, const void *from);

/* The same for a struct of which all fields are the first version's or may be left out. */
void shim_struct_set(void *to, size_t known_size, const void *from);

#endif /* SHIM_STRUCT_COPY_H */
