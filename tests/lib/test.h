/* SPDX-License-Identifier: MIT */
/*
 * What every test includes: the checks, the size of a page, and the headers of the
 * C library that nearly all need.
 */
#ifndef TESTS_TEST_H
#define TESTS_TEST_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "page.h"
#include "tap.h"

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

#endif /* TESTS_TEST_H */
