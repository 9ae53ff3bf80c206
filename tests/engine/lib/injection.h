/* SPDX-License-Identifier: MIT */
/*
 * The kernel's fault injection for the calling thread: its n-th allocation fails, or
 * its n-th copy from or to user space.
 */
#ifndef TESTS_INJECTION_H
#define TESTS_INJECTION_H

#include <stdbool.h>

enum kind { ALLOCATIONS, COPIES };

void injection_start(enum kind kind);
void injection_arm(unsigned int nth);

/* True when the failure has happened. */
bool injection_disarm(void);

#endif /* TESTS_INJECTION_H */
