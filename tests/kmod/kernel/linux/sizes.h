/* SPDX-License-Identifier: MIT */
/* In place of <linux/sizes.h> on the host. */
#include "../kernel.h"
