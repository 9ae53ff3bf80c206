/* SPDX-License-Identifier: GPL-2.0-only */
/* Calls that io_uring makes. */
#ifndef _GS_URING_H
#define _GS_URING_H

struct io_uring_cmd;

int gs_uring_cmd(struct io_uring_cmd *cmd, unsigned int issue_flags);

#endif /* _GS_URING_H */
