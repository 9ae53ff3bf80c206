/* SPDX-License-Identifier: MIT */
/*
 * Text made as by printf(), for messages in which a test expects the size of a page or
 * the version of the ABI.
 */
#ifndef TESTS_FORMAT_H
#define TESTS_FORMAT_H

/* It stays until the thread has made seven more. */
const char *format(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif /* TESTS_FORMAT_H */
