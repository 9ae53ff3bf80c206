// SPDX-License-Identifier: GPL-2.0-only
/*
 * Commands of io_uring: calls that a worker thread of the submitter's process makes.
 *
 * A vector of slots keeps a processor busy for long, takes locks and reads the caller's
 * memory, so the task that submits a command never runs it: it is told what is wrong with
 * the command itself, and all else is a worker's. The worker is a thread of the process: its
 * mm, its memory cgroup and what kills it are those of the submitter, as the calls assume.
 */
#include <linux/fs.h>
#include <linux/uaccess.h>

#include <guardslot.h>

#include "calls/table.h"
#include "device/uring.h"

/*
 * The bits of a command's flags that the submitter can set; io_uring keeps the others for
 * the kernel, and clears them in a new command.
 */
#define USER_FLAGS GENMASK(23, 0)
/* Ours: @pdu of the command has what the submission had. */
#define ARGS_KEPT BIT(24)

/*
 * The submission is memory that user space can write, and after the first attempt another
 * one may lie there: not every kernel copies it for the worker (6.12 does not). So it is read
 * once, and kept in the command. A linked command may go to a worker at once, and is read
 * there.
 */
static struct guardslot_uring args_load(struct io_uring_cmd *cmd)
{
	const struct guardslot_uring *from = gs_compat_uring_payload(cmd);
	struct guardslot_uring *kept = (struct guardslot_uring *)cmd->pdu;

	BUILD_BUG_ON(sizeof(*kept) > sizeof(cmd->pdu));
	if (!(cmd->flags & ARGS_KEPT)) {
		kept->arg = READ_ONCE(from->arg);
		kept->__reserved = READ_ONCE(from->__reserved);
		cmd->flags |= ARGS_KEPT;
	}
	return *kept;
}

/*
 * Returns what ioctl() would. On Linux 6.1 a command whose result is positive would never
 * complete.
 */
int gs_uring_cmd(struct io_uring_cmd *cmd, unsigned int issue_flags)
{
	struct file *file = cmd->file;
	struct guardslot_uring args;

	if (!gs_table_is_uring(cmd->cmd_op))
		return -ENOTTY;
	if (!(file->f_mode & FMODE_WRITE))
		return -EBADF;
	if (cmd->flags & USER_FLAGS)
		return -EOPNOTSUPP;
	args = args_load(cmd);
	if (args.__reserved)
		return -EOPNOTSUPP;
	if (issue_flags & IO_URING_F_NONBLOCK)
		return -EAGAIN;
	return gs_table_run(file->private_data, true, cmd->cmd_op, u64_to_user_ptr(args.arg));
}
