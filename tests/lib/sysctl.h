/* SPDX-License-Identifier: MIT */
/*
 * Settings of the guest's kernel.
 */
#ifndef TESTS_SYSCTL_H
#define TESTS_SYSCTL_H

#include <stdbool.h>

/* Whether the test may change them: not on this machine. */
bool sysctl_is_ours(void);

/*
 * The setting has its former value again when the test ends, however it ends. Threads may set
 * it at the same time.
 */
void sysctl_set(const char *path, const char *value);
void sysctl_set_number(const char *path, unsigned long value);

#endif /* TESTS_SYSCTL_H */
