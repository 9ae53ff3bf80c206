/* SPDX-License-Identifier: MIT */
/*
 * Other users than root.
 */
#ifndef TESTS_USER_H
#define TESTS_USER_H

#include "test.h"

#define NOBODY 65534

/*
 * Gives up root for good, but for the group that may open the device. What it
 * costs (no dump of core, no /proc/self of one's own) the tests do not need.
 */
void become(uid_t uid);

#endif /* TESTS_USER_H */
