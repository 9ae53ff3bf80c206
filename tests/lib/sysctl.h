/* SPDX-License-Identifier: MIT */
/*
 * Settings of the guest's kernel.
 */
#ifndef TESTS_SYSCTL_H
#define TESTS_SYSCTL_H

#include <stdbool.h>

/* Whether the test may change them: not on this machine. */
bool sysctl_is_ours(void);

/* The setting has its former value again when the test ends. */
void sysctl_set(const char *path, const char *value);

#endif /* TESTS_SYSCTL_H */
