/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _GS_OWNER_H
#define _GS_OWNER_H

#include <linux/sched.h>

struct cred;
struct gs_user;
struct pid;
struct user_namespace;

/*
 * The process that opened a pool, as it was then; immutable.
 *
 * @limited: the cap on a user's pages applies
 */
struct gs_owner {
	const struct cred *cred;
	struct pid *pid;
	char comm[TASK_COMM_LEN];
	struct gs_user *user;
	bool limited;
};

int gs_owner_init(struct gs_owner *owner);
void gs_owner_uninit(struct gs_owner *owner);

bool gs_owner_is_current(const struct gs_owner *owner);
bool gs_owner_is(const struct gs_owner *owner, const struct cred *cred);
struct user_namespace *gs_owner_ns(const struct gs_owner *owner);

#endif /* _GS_OWNER_H */
