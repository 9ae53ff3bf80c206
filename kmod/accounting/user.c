// SPDX-License-Identifier: GPL-2.0-only
/*
 * The users: one entry for each user id that has a pool open. The entry counts the
 * pages of all pools of that user, so that one user cannot take all memory. All users' are
 * counted together as well.
 */
#include <linux/err.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/xarray.h>

#include "accounting/user.h"

/* The default of the parameter, which becomes half of the memory. */
#define MAX_USER_PAGES_AUTO ULONG_MAX

static unsigned long max_user_pages __read_mostly = MAX_USER_PAGES_AUTO;
module_param(max_user_pages, ulong, 0644);
/* clang-format off */
MODULE_PARM_DESC(max_user_pages,
		 "cap on the memory of one user's pools together, in pages, 0: none (default: half of the memory); who opens the device with CAP_SYS_RESOURCE is not held to it");
/* clang-format on */

/* What faults write has no neighbour. */
struct percpu_counter gs_user_all_pages __cacheline_aligned_in_smp;

static DEFINE_MUTEX(users_lock);
/* By user id; under users_lock. */
static DEFINE_XARRAY(users);

static struct gs_user *user_alloc(kuid_t uid)
{
	struct gs_user *user = kzalloc(sizeof(*user), GFP_KERNEL_ACCOUNT);

	if (!user)
		return ERR_PTR(-ENOMEM);
	user->uid = uid;
	mutex_init(&user->table_lock);
	if (percpu_counter_init(&user->pages, 0, GFP_KERNEL_ACCOUNT)) {
		kfree(user);
		return ERR_PTR(-ENOMEM);
	}
	return user;
}

static void user_free(struct gs_user *user)
{
	WARN_ON_ONCE(percpu_counter_sum(&user->pages));
	WARN_ON_ONCE(atomic_long_read(&user->reserve));
	percpu_counter_destroy(&user->pages);
	mutex_destroy(&user->table_lock);
	kfree(user);
}

static struct gs_user *user_add(kuid_t uid)
{
	struct gs_user *user = user_alloc(uid);

	lockdep_assert_held(&users_lock);
	if (IS_ERR(user))
		return user;
	if (xa_err(xa_store(&users, __kuid_val(uid), user, GFP_KERNEL_ACCOUNT))) {
		user_free(user);
		return ERR_PTR(-ENOMEM);
	}
	return user;
}

/* The user's entry for one more pool, or ERR_PTR(-ENOMEM). */
struct gs_user *gs_user_get(kuid_t uid)
{
	struct gs_user *user;

	mutex_lock(&users_lock);
	user = xa_load(&users, __kuid_val(uid));
	if (!user)
		user = user_add(uid);
	if (!IS_ERR(user))
		user->pools++;
	mutex_unlock(&users_lock);
	return user;
}

void gs_user_put(struct gs_user *user)
{
	mutex_lock(&users_lock);
	if (!--user->pools) {
		xa_erase(&users, __kuid_val(user->uid));
		user_free(user);
	}
	mutex_unlock(&users_lock);
}

/* Pages that count against the cap of a user; 0 for one that has no pool. */
u64 gs_user_pages(kuid_t uid)
{
	struct gs_user *user;
	u64 pages = 0;

	mutex_lock(&users_lock);
	user = xa_load(&users, __kuid_val(uid));
	if (user)
		pages = percpu_counter_sum_positive(&user->pages);
	mutex_unlock(&users_lock);
	return pages;
}

unsigned long gs_user_max_pages(void)
{
	return READ_ONCE(max_user_pages);
}

int gs_user_module_init(void)
{
	if (max_user_pages == MAX_USER_PAGES_AUTO)
		max_user_pages = totalram_pages() / 2;
	return percpu_counter_init(&gs_user_all_pages, 0, GFP_KERNEL);
}

void gs_user_module_uninit(void)
{
	s64 left = percpu_counter_sum(&gs_user_all_pages);

	WARN(left, "%lld pages were never freed\n", left);
	percpu_counter_destroy(&gs_user_all_pages);
	WARN_ON(!xa_empty(&users));
}
