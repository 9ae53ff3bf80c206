/* SPDX-License-Identifier: MIT */
/* The module's parameter reset_mode. */
#ifndef TESTS_RESET_MODE_H
#define TESTS_RESET_MODE_H

enum { MODE_AUTO, MODE_COPY, MODE_LOOK };

/* Until the test ends. */
void set_reset_mode(int mode);

#endif /* TESTS_RESET_MODE_H */
