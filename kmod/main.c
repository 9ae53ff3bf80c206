// SPDX-License-Identifier: GPL-2.0-only
/*
 * Loading and unloading: the order in which the parts are set up, and the reverse.
 */
#include <linux/module.h>

#include "accounting/spare.h"
#include "accounting/user.h"
#include "device/chardev.h"
#include "engine/oom.h"
#include "engine/price.h"
#include "engine/reclaim.h"
#include "netlink/family.h"
#include "objects/pool.h"

static int __init gs_init(void)
{
	int ret;

	ret = gs_user_module_init();
	if (ret)
		return ret;
	ret = gs_spare_module_init();
	if (ret)
		goto uninit_user;
	ret = gs_price_module_init();
	if (ret)
		goto uninit_spare;
	ret = gs_reclaim_module_init();
	if (ret)
		goto uninit_spare;
	ret = gs_pool_module_init();
	if (ret)
		goto uninit_reclaim;
	ret = gs_oom_module_init();
	if (ret)
		goto uninit_pool;
	/* Before there are pools: their events are messages of the family. */
	ret = gs_family_init();
	if (ret)
		goto uninit_oom;
	/* Last: from here on user space can open pools. */
	ret = gs_chardev_init();
	if (ret)
		goto uninit_family;
	return 0;

uninit_family:
	gs_family_uninit();
uninit_oom:
	gs_oom_module_uninit();
uninit_pool:
	gs_pool_module_uninit();
uninit_reclaim:
	gs_reclaim_module_uninit();
uninit_spare:
	gs_spare_module_uninit();
uninit_user:
	gs_user_module_uninit();
	return ret;
}

static void __exit gs_exit(void)
{
	gs_chardev_uninit();
	gs_family_uninit();
	gs_oom_module_uninit();
	gs_pool_module_uninit();
	gs_reclaim_module_uninit();
	gs_spare_module_uninit();
	gs_user_module_uninit();
}

module_init(gs_init);
module_exit(gs_exit);

MODULE_LICENSE("GPL");
MODULE_AUTHOR("The guardslot project");
MODULE_DESCRIPTION("Guard-region memory slots with bulk reset");
MODULE_VERSION("0.1.0");
