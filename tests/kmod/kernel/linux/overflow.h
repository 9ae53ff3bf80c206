/* SPDX-License-Identifier: MIT */
/* In place of <linux/overflow.h> on the host. */
#include "../kernel.h"
