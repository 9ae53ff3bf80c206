// SPDX-License-Identifier: MIT
/* Sets how resets find what they copy. */
#include "reset_mode.h"

#include "guest.h"
#include "sysctl.h"

void set_reset_mode(int mode)
{
	sysctl_set_number(PARAMETERS "reset_mode", (unsigned long)mode);
}
