/* SPDX-License-Identifier: MIT */
/*
 * What an instance has, as lines of text. Those of tests/modules/oracle.py are the same:
 *
 *	memory INDEX BYTES		then: sum OFFSET CRC, of each chunk that is not zero
 *	table INDEX ELEMENTS		then: element AT REFERENCE, of each that is not null
 *	global INDEX LOW HIGH, or global INDEX REFERENCE	the bits in hex
 *
 * REFERENCE is "null", "function INDEX", "i31 NUMBER", or "reference" for all else.
 */
#ifndef TESTS_STATE_TEXT_H
#define TESTS_STATE_TEXT_H

#include <stdio.h>

#include "module_host.h"

/* The instance was made with the imports and the heap of a struct module_host. */
void state_print(FILE *to, struct shim_instance *instance);

/* Of an instance whose initialization failed: its memories and tables. */
void state_print_failed(FILE *to, struct shim_instance *instance);

#endif /* TESTS_STATE_TEXT_H */
