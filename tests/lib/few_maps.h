/* SPDX-License-Identifier: MIT */
/*
 * Takes all memory maps that the process may have, and gives some back, for tests of
 * what happens with none left.
 */
#ifndef TESTS_FEW_MAPS_H
#define TESTS_FEW_MAPS_H

#include "test.h"

/*
 * How many maps a process may have. In the test guest it sets fewer: a debug kernel checks
 * all of them whenever one changes, which takes minutes for 65,530.
 */
uint64_t maps_most(void);

/* Takes all memory maps that the kernel allows: each page another protection. */
void maps_take(void);

void maps_give_back(uint64_t count);

#endif /* TESTS_FEW_MAPS_H */
