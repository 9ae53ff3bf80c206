/* SPDX-License-Identifier: MIT */
/*
 * Types, instructions and names as wasm-objdump writes them.
 */
#ifndef WASM_OBJDUMP_TEXT_H
#define WASM_OBJDUMP_TEXT_H

#include "test.h"

#include <libshim.h>

const char *type_name(uint32_t type);
void types_print(char *to, size_t size, const uint32_t *types, uint32_t count, bool brackets);

/* One instruction; in a list of several, it is written in another way. */
void instr_print(char *to, size_t size, const struct shim_const_instr *instr, bool list);

/* Takes names out: "global=0 <a.b>, " becomes "global=0, ". */
void names_strip(char *text);

#endif /* WASM_OBJDUMP_TEXT_H */
