// SPDX-License-Identifier: GPL-2.0-only
/*
 * The table of calls: copies the caller's struct in, refuses what this kernel does
 * not know, and runs the handler.
 */
#include <linux/build_bug.h>
#include <linux/kernel.h>
#include <linux/nospec.h>
#include <linux/stddef.h>
#include <linux/uaccess.h>

#include "calls/calls.h"
#include "calls/cmd.h"
#include "calls/table.h"
#include "calls/words.h"
#include "objects/pool.h"

/*
 * @min_size: the struct as the first version of the ABI had it
 * @in_size: what is read of a struct of @size; the call writes all that is behind
 * @flags: the flags that this kernel knows
 * @before_create: works on a pool that has no slots yet
 * @reads: changes nothing, and so works on a file that is open for reading only
 * @uring: io_uring may make it
 */
struct op {
	int (*run)(struct gs_cmd *cmd);
	u32 size;
	u32 min_size;
	u32 in_size;
	u32 flags;
	bool before_create;
	bool reads;
	bool uring;
};

/* The number of the first row's __COUNTER__; no other use of it may come between. */
enum { FIRST_ROW = __COUNTER__ + 1 };

/* clang-format off */
/* Rows stand in the order of their numbers: each asserts that its place is its own. */
#define OP(_number, _run, _struct, _last, ...)                                     \
	OP_IN(_number, _run, _struct, _last, sizeof(struct _struct), __VA_ARGS__)
/* The same for a call that reads the beginning of its struct only. */
#define OP_IN(_number, _run, _struct, _last, _in_size, ...)                        \
	{                                                                          \
		.run = _run,                                                       \
		.size = sizeof(struct _struct) +                                   \
			BUILD_BUG_ON_ZERO(sizeof(struct _struct) >                 \
					  sizeof(union gs_cmd_arg)) +              \
			BUILD_BUG_ON_ZERO(_IOC_NR(_number) !=                      \
					  __COUNTER__ - FIRST_ROW),                \
		.min_size = offsetofend(struct _struct, _last),                    \
		.in_size = _in_size,                                               \
		__VA_ARGS__                                                        \
	}
/* clang-format on */

static const struct op ops[] = {
	OP(GUARDSLOT_IOC_INFO, gs_call_info, guardslot_info, out_claim_stride,
	   .before_create = true, .reads = true),
	OP(GUARDSLOT_IOC_CREATE, gs_call_create, guardslot_create, out_area_offset,
	   .before_create = true,
	   .flags = GUARDSLOT_CREATE_NO_WRITE_SETS | GUARDSLOT_CREATE_PREFAULT),
	OP(GUARDSLOT_IOC_IMAGE_CREATE, gs_call_image_create, guardslot_image_create, __reserved),
	OP(GUARDSLOT_IOC_IMAGE_SNAPSHOT, gs_call_image_snapshot, guardslot_image_snapshot,
	   out_image),
	OP(GUARDSLOT_IOC_IMAGE_DESTROY, gs_call_image_destroy, guardslot_image_destroy, __reserved),
	OP(GUARDSLOT_IOC_RESET, gs_call_reset, guardslot_reset, __reserved,
	   .flags = GUARDSLOT_RESET_REBIND, .uring = true),
	OP(GUARDSLOT_IOC_RESIZE, gs_call_resize, guardslot_resize, out_old_limit),
	OP(GUARDSLOT_IOC_PREFAULT, gs_call_prefault, guardslot_prefault, __reserved,
	   .flags = GUARDSLOT_PREFAULT_RANGE, .uring = true),
	OP(GUARDSLOT_IOC_PURGE, gs_call_purge, guardslot_purge, out_done, .uring = true),
	OP_IN(GUARDSLOT_IOC_QUERY, gs_call_query, guardslot_query, out_write_set_pages,
	      offsetof(struct guardslot_query, out_image), .reads = true),
};

/* Every call of the ABI has its row. */
static_assert(ARRAY_SIZE(ops) == GUARDSLOT_IOC_LAST + 1);

static const struct op *op_find(unsigned int number)
{
	/* A number that carries a size or a direction is none of this ABI. */
	unsigned int nr = number - _IO(GUARDSLOT_IOCTL_TYPE, 0);

	if (nr >= ARRAY_SIZE(ops))
		return NULL;
	return &ops[array_index_nospec(nr, ARRAY_SIZE(ops))];
}

/* Whether it is a call that io_uring may make. */
bool gs_table_is_uring(unsigned int number)
{
	const struct op *op = op_find(number);

	return op && op->uring;
}

/*
 * Copies the caller's struct in. -EINVAL: it is shorter than the first version; -E2BIG: it
 * has what this kernel does not know, or is longer than a page; -EFAULT.
 */
static int cmd_load(struct gs_cmd *cmd, void __user *user, const struct op *op)
{
	cmd->user = user;
	cmd->size = op->size;
	if (get_user(cmd->user_size, (u32 __user *)user))
		return -EFAULT;
	if (cmd->user_size < op->min_size)
		return -EINVAL;
	/* Without this check a caller could make the kernel scan gigabytes for zeroes. */
	if (cmd->user_size > PAGE_SIZE)
		return -E2BIG;
	if (cmd->user_size == op->size)
		return gs_words_read(&cmd->arg, user, op->in_size);
	return copy_struct_from_user(&cmd->arg, op->size, user, cmd->user_size);
}

/* @writable: the file is open for writing */
long gs_table_run(struct gs_pool *pool, bool writable, unsigned int number, void __user *user)
{
	const struct op *op = op_find(number);
	/* It is long, and no member is read before it is written. */
	struct gs_cmd cmd __uninitialized;
	int ret;

	if (!op)
		return -ENOTTY;
	if (!op->reads && !writable)
		return -EBADF;
	cmd.pool = pool;
	ret = cmd_load(&cmd, user, op);
	if (ret)
		return ret;
	if (cmd.arg.head.flags & ~op->flags)
		return -EOPNOTSUPP;
	if (!op->before_create && !gs_pool_is_created(pool))
		return -ENOENT;
	return op->run(&cmd);
}

/* The ABI: no struct changes its size, none has a hole. */
#define ASSERT_SIZE(_struct, _size) static_assert(sizeof(struct _struct) == (_size))
ASSERT_SIZE(guardslot_info, 48);
ASSERT_SIZE(guardslot_area, 32);
ASSERT_SIZE(guardslot_create, 40 + 32 * GUARDSLOT_MAX_AREAS + 32 + 8 * GUARDSLOT_MAX_AREAS);
ASSERT_SIZE(guardslot_image_area, 32);
ASSERT_SIZE(guardslot_image_create, 16 + 32 * GUARDSLOT_MAX_AREAS + 8);
ASSERT_SIZE(guardslot_image_snapshot, 24);
ASSERT_SIZE(guardslot_image_destroy, 16);
ASSERT_SIZE(guardslot_reset, 32);
ASSERT_SIZE(guardslot_resize, 32);
ASSERT_SIZE(guardslot_prefault, 56);
ASSERT_SIZE(guardslot_purge, 40);
ASSERT_SIZE(guardslot_uring, 16);
ASSERT_SIZE(guardslot_query, 32 + 8 * GUARDSLOT_MAX_AREAS + 48 + 64);
