// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who may see what. Two are checked, the task that sends a request or reads on and
 * the one that opened the socket: a privileged program can be made to write to a
 * socket that it did not open.
 */
#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/net.h>
#include <linux/netlink.h>
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <net/netlink.h>
#include <net/sock.h>

#include "netlink/visibility.h"
#include "objects/pool.h"

static struct file *socket_file(struct sk_buff *request)
{
	return NETLINK_CB(request).sk->sk_socket->file;
}

/* Whether the caller may see what is about all users. */
bool gs_visibility_is_admin(struct sk_buff *request)
{
	return ns_capable_noaudit(&init_user_ns, CAP_SYS_ADMIN) &&
	       file_ns_capable(socket_file(request), &init_user_ns, CAP_SYS_ADMIN);
}

/* Whether the caller may see what is about its own user through this socket. */
bool gs_visibility_is_own(struct sk_buff *request)
{
	struct file *file = socket_file(request);

	return uid_eq(current_euid(), file->f_cred->euid) ||
	       file_ns_capable(file, &init_user_ns, CAP_SYS_ADMIN);
}

/*
 * Whether the caller, without a privilege, may see the pool. Root of a container that has
 * no user namespace has root's user id; but it has pids of its own, and so as little sees
 * pools of processes outside as it sees these processes.
 */
static bool is_own(struct gs_pool *pool)
{
	return gs_owner_is(&pool->owner, current_cred()) &&
	       pid_nr_ns(pool->owner.pid, task_active_pid_ns(current));
}

/* Whether the caller may see the pool. */
bool gs_visibility_allows(struct sk_buff *request, struct gs_pool *pool)
{
	struct user_namespace *ns = gs_owner_ns(&pool->owner);
	struct file *file = socket_file(request);

	if (!is_own(pool) && !ns_capable_noaudit(ns, CAP_SYS_ADMIN))
		return false;
	return gs_owner_is(&pool->owner, file->f_cred) || file_ns_capable(file, ns, CAP_SYS_ADMIN);
}

/* The pool with that id, pinned; NULL if there is none that the caller may see. */
struct gs_pool *gs_visibility_pin(struct sk_buff *request, u32 id)
{
	struct gs_pool *pool = gs_registry_pin(id);

	if (!pool || gs_visibility_allows(request, pool))
		return pool;
	gs_registry_unpin(pool);
	return NULL;
}

/*
 * The pool whose id is the attribute @type of a request, pinned. ERR_PTR(-EINVAL),
 * ERR_PTR(-ENOENT); then @extack has the message.
 */
struct gs_pool *gs_visibility_pin_requested(struct sk_buff *request, struct nlattr **attrs,
					    int type, struct netlink_ext_ack *extack)
{
	struct gs_pool *pool;

	if (!attrs[type]) {
		NL_SET_ERR_ATTR_MISS(extack, NULL, type);
		NL_SET_ERR_MSG(extack, "the pool's id is missing");
		return ERR_PTR(-EINVAL);
	}
	pool = gs_visibility_pin(request, nla_get_u32(attrs[type]));
	if (!pool) {
		NL_SET_ERR_MSG_ATTR(extack, attrs[type], "no such pool");
		return ERR_PTR(-ENOENT);
	}
	return pool;
}
