/* SPDX-License-Identifier: MIT */
/*
 * Pseudo-terminals.
 */
#ifndef TESTS_PTS_H
#define TESTS_PTS_H

#include "test.h"

/* Pseudo-terminals: the guest's first process does not mount them. */
void pts_mount(void);

#endif /* TESTS_PTS_H */
