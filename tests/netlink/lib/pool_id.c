// SPDX-License-Identifier: MIT
/* Reads the id of a pool in its fdinfo. */
#include "pool_id.h"

#include "fdinfo.h"

uint32_t pool_id(const struct pool *pool)
{
	return (uint32_t)fdinfo(pool, "guardslot_pool");
}
