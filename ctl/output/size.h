/* SPDX-License-Identifier: MIT */
#ifndef CTL_SIZE_H
#define CTL_SIZE_H

#include <stddef.h>
#include <stdint.h>

/* Writes bytes as a person reads them, in at most 6 characters: 0, 512, 4.0K, 128T. */
const char *size_text(uint64_t bytes, char *buffer, size_t size);

#endif /* CTL_SIZE_H */
