// SPDX-License-Identifier: GPL-2.0-only
/*
 * The owner of a pool is the process that opened it. A pool whose file is passed
 * on keeps its owner: messages name the owner, and pages count for its user.
 */
#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/err.h>
#include <linux/pid.h>
#include <linux/sched/signal.h>
#include <linux/user_namespace.h>

#include "accounting/owner.h"
#include "accounting/user.h"

/* Makes the calling process the owner; -ENOMEM. */
int gs_owner_init(struct gs_owner *owner)
{
	struct gs_user *user = gs_user_get(current_euid());

	if (IS_ERR(user))
		return PTR_ERR(user);
	owner->user = user;
	owner->cred = get_current_cred();
	owner->pid = get_pid(task_tgid(current));
	get_task_comm(owner->comm, current->group_leader);
	owner->limited = !ns_capable_noaudit(&init_user_ns, CAP_SYS_RESOURCE);
	return 0;
}

void gs_owner_uninit(struct gs_owner *owner)
{
	put_pid(owner->pid);
	put_cred(owner->cred);
	gs_user_put(owner->user);
}

/* Whether the calling process is the owner. */
bool gs_owner_is_current(const struct gs_owner *owner)
{
	return task_tgid(current) == owner->pid;
}

/* Whether the credentials are of the owner's effective user id. */
bool gs_owner_is(const struct gs_owner *owner, const struct cred *cred)
{
	return uid_eq(owner->cred->euid, cred->euid);
}

struct user_namespace *gs_owner_ns(const struct gs_owner *owner)
{
	return owner->cred->user_ns;
}
