/* SPDX-License-Identifier: MIT */
/*
 * The check of UTF-8 in names.
 */
#ifndef SHIM_UTF8_H
#define SHIM_UTF8_H

#include <stdint.h>

/*
 * Returns how many of the first length bytes are well-formed UTF-8: each character in
 * its shortest form, no surrogates, and none over U+10FFFF.
 */
uint32_t shim_utf8_valid(const char *text, uint32_t length);

#endif /* SHIM_UTF8_H */
