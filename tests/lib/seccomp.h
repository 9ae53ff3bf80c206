/* SPDX-License-Identifier: MIT */
/*
 * System calls that the kernel refuses to this process from now on, as a container's filter
 * does.
 */
#ifndef TESTS_SECCOMP_H
#define TESTS_SECCOMP_H

#include <stdint.h>

/* The call fails with this errno. */
void seccomp_refuse(long call, int error);

/* The same when the argument, counted from 0, is this value ... */
void seccomp_refuse_if(long call, unsigned int argument, uint32_t value, int error);
/* ... or when it is none of count values. */
void seccomp_refuse_but(long call, unsigned int argument, const uint32_t *values,
			unsigned int count, int error);

/* The most calls of a list of those that are allowed. */
#define SECCOMP_MOST 64

/* Any call that is none of these fails the test, and says which it was. */
void seccomp_allow_only(const long *calls, unsigned int count);

#endif /* TESTS_SECCOMP_H */
