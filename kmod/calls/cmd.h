/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _GS_CMD_H
#define _GS_CMD_H

#include <guardslot.h>

struct gs_pool;

/*
 * One call at work: the caller's struct, copied in and zero-extended, and where
 * the answer goes. Lives on the stack of the task that called.
 */
struct gs_cmd {
	struct gs_pool *pool;
	void __user *user;
	u32 user_size;
	u32 size; /* as this kernel knows the struct */
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

long gs_cmd_run(struct gs_pool *pool, unsigned int number, void __user *user);
int gs_cmd_probe_reply(struct gs_cmd *cmd);
int gs_cmd_reply(struct gs_cmd *cmd);

#endif /* _GS_CMD_H */
