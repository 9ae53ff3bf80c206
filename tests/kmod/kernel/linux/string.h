/* SPDX-License-Identifier: MIT */
/* In place of <linux/string.h> on the host. */
#include "../kernel.h"
