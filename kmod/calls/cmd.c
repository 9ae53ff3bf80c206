// SPDX-License-Identifier: GPL-2.0-only
/* The answer of a call, whose caller may know a shorter or a longer struct. */
#include <linux/minmax.h>

#include "calls/cmd.h"
#include "calls/words.h"

/* Gives the caller as much of the answer as its struct holds. */
int gs_cmd_reply(struct gs_cmd *cmd)
{
	return gs_words_write(cmd->user, &cmd->arg, min(cmd->size, cmd->user_size));
}
