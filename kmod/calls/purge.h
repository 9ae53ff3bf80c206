/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _GS_PURGE_H
#define _GS_PURGE_H

struct gs_cmd;

int gs_purge(struct gs_cmd *cmd);

#endif /* _GS_PURGE_H */
