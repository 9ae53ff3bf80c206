/* SPDX-License-Identifier: MIT */
/*
 * Whole text files, and words of a line.
 */
#ifndef TESTS_TEXT_H
#define TESTS_TEXT_H

#include "test.h"

void read_text(const char *path, char *text, size_t size);
void write_text(const char *path, const char *text);

/* Whether the line begins with these words, however many blanks are between them. */
bool begins_with(const char *line, const char *words);

#endif /* TESTS_TEXT_H */
