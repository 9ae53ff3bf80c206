// SPDX-License-Identifier: MIT
#include "user.h"

void become(uid_t uid)
{
	test_sys(setresuid(uid, uid, uid));
}
