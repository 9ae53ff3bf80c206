/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _GS_RESET_H
#define _GS_RESET_H

struct gs_cmd;

int gs_reset(struct gs_cmd *cmd);

#endif /* _GS_RESET_H */
