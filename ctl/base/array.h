/* SPDX-License-Identifier: MIT */
#ifndef CTL_ARRAY_H
#define CTL_ARRAY_H

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

#endif /* CTL_ARRAY_H */
