/* SPDX-License-Identifier: MIT */
/*
 * Small files of /proc and /sys: text, numbers, and the number behind a word.
 */
#ifndef TESTS_FILE_H
#define TESTS_FILE_H

#include "test.h"

/* The start of a file, as a string. -errno when it cannot be read. */
int try_read_file(const char *path, char *text, size_t size);

void read_file(const char *path, char *text, size_t size);
int try_write_file(const char *path, const char *text);
void write_file(const char *path, const char *text);
unsigned long read_number(const char *path);
void write_number(const char *path, unsigned long number);

/* The number behind a line's first word, as in /proc/vmstat or fdinfo. */
bool find_number(const char *path, const char *word, unsigned long *number);

unsigned long get_number(const char *path, const char *word);

#endif /* TESTS_FILE_H */
