/* SPDX-License-Identifier: MIT */
/* In place of <linux/mm.h> on the host. */
#include "../kernel.h"
