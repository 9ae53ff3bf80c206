/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _GS_CMD_H
#define _GS_CMD_H

#include <linux/compiler.h>
#include <linux/fault-inject-usercopy.h>
#include <linux/uaccess.h>

#include <guardslot.h>

struct gs_pool;

/*
 * One call at work, on the stack of the task that called.
 *
 * @user: the caller's struct, where the answer goes
 * @user_size: size of the struct as the caller knows it
 * @size: size of the struct as this kernel knows it
 * @arg: the struct, copied in and extended with zeroes
 */
struct gs_cmd {
	struct gs_pool *pool;
	void __user *user;
	u32 user_size;
	u32 size;
	union gs_cmd_arg {
		struct {
			__u32 size;
			__u32 flags;
		} head;
		struct guardslot_info info;
		struct guardslot_create create;
		struct guardslot_image_create image_create;
		struct guardslot_image_snapshot image_snapshot;
		struct guardslot_image_destroy image_destroy;
		struct guardslot_reset reset;
		struct guardslot_resize resize;
		struct guardslot_prefault prefault;
		struct guardslot_purge purge;
		struct guardslot_query query;
	} arg;
};

int gs_cmd_reply(struct gs_cmd *cmd);

/*
 * For calls whose effect cannot be undone: finds out beforehand whether the answer
 * can be given.
 */
static inline int gs_cmd_probe_reply(struct gs_cmd *cmd)
{
	return gs_cmd_reply(cmd);
}

/*
 * Gives the answer of a call that may have ended early: out_done is valid then too.
 * Returns the call's error first.
 */
static inline int gs_cmd_finish(struct gs_cmd *cmd, int error)
{
	int ret = gs_cmd_reply(cmd);

	return error ? error : ret;
}

/* Gives a __u32 of the answer, at its place in the struct, which every version of that has. */
static __always_inline int gs_cmd_reply_word(const struct gs_cmd *cmd, size_t at)
{
	const u32 *from = (const void *)&cmd->arg + at;

	/* Unlike copy_to_user(), put_user() asks nobody whether it is to fail. */
	if (should_fail_usercopy())
		return -EFAULT;
	return put_user(*from, (u32 __user *)(cmd->user + at));
}

/* Probe and finish for a call whose answer is out_done alone: @done is its place. */
static __always_inline int gs_cmd_probe_done(const struct gs_cmd *cmd, size_t done)
{
	return gs_cmd_reply_word(cmd, done);
}

static __always_inline int gs_cmd_finish_done(const struct gs_cmd *cmd, size_t done, int error)
{
	int ret = gs_cmd_probe_done(cmd, done);

	return error ? error : ret;
}

#endif /* _GS_CMD_H */
