/* SPDX-License-Identifier: MIT */
/*
 * Other users than root.
 */
#ifndef TESTS_USER_H
#define TESTS_USER_H

#include "test.h"

#define NOBODY 65534

/*
 * Gives up root for good, but for the group that may open the device. The
 * process then has no core dump and no /proc/self of its own, which no test needs.
 */
void become(uid_t uid);

#endif /* TESTS_USER_H */
