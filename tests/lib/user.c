// SPDX-License-Identifier: MIT
/* Changes the user of the process. */
#include "user.h"

void become(uid_t uid)
{
	test_sys(setresuid(uid, uid, uid));
}
