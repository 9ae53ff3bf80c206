/* SPDX-License-Identifier: MIT */
/*
 * What guardslotctl is to print, in golden/. There @POOL@ and @PID@ stand for a pool's id and
 * this process, @ABI@ for the ABI's version, and @PAGES 3@ for the bytes of three pages.
 */
#ifndef TESTS_GOLDEN_H
#define TESTS_GOLDEN_H

#include "test.h"

void golden_read(char *text, size_t size, const char *file, unsigned int pool);

/* Replaces all of word in text with the number. */
void golden_fill(char *text, size_t size, const char *word, unsigned long number);

#endif /* TESTS_GOLDEN_H */
