/* SPDX-License-Identifier: MIT */
/*
 * What the pure code of the module needs of the kernel, to be compiled into a test on
 * the host.
 */
#ifndef TESTS_KMOD_KERNEL_H
#define TESTS_KMOD_KERNEL_H

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include <linux/types.h>

#include "page.h"

typedef __u32 u32;
typedef __u64 u64;

#define PAGE_SIZE PAGE
#define PAGE_SHIFT __builtin_ctzl(PAGE_SIZE)
#define PAGE_MASK (~(PAGE_SIZE - 1))

#define check_add_overflow(a, b, out) __builtin_add_overflow(a, b, out)
#define check_mul_overflow(a, b, out) __builtin_mul_overflow(a, b, out)

#endif /* TESTS_KMOD_KERNEL_H */
