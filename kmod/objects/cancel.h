/* SPDX-License-Identifier: GPL-2.0-only */
/* Whether a long call has to end early. */
#ifndef _GS_CANCEL_H
#define _GS_CANCEL_H

#include <linux/sched/signal.h>

/*
 * Whether the task is being killed; or is a worker of io_uring whose command is cancelled, as
 * when its ring goes away. io_uring tells a worker so by a signal without a number, and
 * waits until the command has ended.
 */
static inline bool gs_cancel_is_due(void)
{
	if (likely(!(read_thread_flags() & (_TIF_SIGPENDING | _TIF_NOTIFY_SIGNAL))))
		return false;
	if (fatal_signal_pending(current))
		return true;
	return (current->flags & PF_IO_WORKER) && test_thread_flag(TIF_NOTIFY_SIGNAL);
}

#endif /* _GS_CANCEL_H */
