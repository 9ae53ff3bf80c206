/* SPDX-License-Identifier: MIT */
/*
 * Hashes of what others choose: nobody outside the process can tell which values collide.
 */
#ifndef SHIM_SALT_H
#define SHIM_SALT_H

#include <stdint.h>

/* Random, the same as long as the process lives; the second is odd. */
void shim_salt_get(uint64_t salt[2]);

/* A hash of length bytes. */
uint64_t shim_salt_hash(const uint64_t salt[2], const void *bytes, uint32_t length);

#endif /* SHIM_SALT_H */
