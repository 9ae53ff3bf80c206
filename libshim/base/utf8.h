/* SPDX-License-Identifier: MIT */
#ifndef SHIM_UTF8_H
#define SHIM_UTF8_H

#include <stdint.h>

/*
 * How many bytes from the start are well-formed UTF-8, up to length: no longer
 * form than needed, no surrogates, nothing over U+10FFFF.
 */
uint32_t shim_utf8_valid(const char *text, uint32_t length);

#endif /* SHIM_UTF8_H */
