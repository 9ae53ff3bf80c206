/* SPDX-License-Identifier: MIT */
/*
 * Whole text files.
 */
#ifndef TESTS_TEXT_H
#define TESTS_TEXT_H

#include "test.h"

void read_text(const char *path, char *text, size_t size);
void write_text(const char *path, const char *text);

#endif /* TESTS_TEXT_H */
