/* SPDX-License-Identifier: MIT */
/*
 * The VMAs of this process.
 */
#ifndef TESTS_VMAS_H
#define TESTS_VMAS_H

#include <stddef.h>

size_t vma_count(void);

#endif /* TESTS_VMAS_H */
