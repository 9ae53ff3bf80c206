/* SPDX-License-Identifier: MIT */
/*
 * The id that a pool has in the netlink family.
 */
#ifndef TESTS_POOL_ID_H
#define TESTS_POOL_ID_H

#include "abi.h"

uint32_t pool_id(const struct pool *pool);

#endif /* TESTS_POOL_ID_H */
