/* SPDX-License-Identifier: MIT */
/* The length of an array. */
#ifndef CTL_ARRAY_H
#define CTL_ARRAY_H

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

#endif /* CTL_ARRAY_H */
