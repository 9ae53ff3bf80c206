// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copies between user space and the structs and vectors of a call. They are short: what
 * copy_from_user() and copy_to_user() check of a size that the compiler does not know is
 * more than the copy, and was a fifth of a call that resets one page.
 */
#include <linux/align.h>
#include <linux/fault-inject-usercopy.h>
#include <linux/kconfig.h>
#include <linux/sizes.h>
#include <linux/uaccess.h>

#include "calls/words.h"

/* The bits of a size that is copied here: a longer copy costs no less. */
#define SIZE_BITS (SZ_512 - sizeof(u32))

static bool is_in_words(const void __user *user, u32 size)
{
	return !(size & ~SIZE_BITS) && (IS_ENABLED(CONFIG_HAVE_EFFICIENT_UNALIGNED_ACCESS) ||
					IS_ALIGNED((unsigned long)user, sizeof(u64)));
}

/* -EFAULT; *to is not to be used then. */
int gs_words_read(void *to, const void __user *user, u32 size)
{
	unsigned long i, words = size / sizeof(u64);
	const u64 __user *from = user;
	u64 *word = to;

	if (!is_in_words(user, size))
		return copy_from_user(to, user, size) ? -EFAULT : 0;
	if (should_fail_usercopy() || !user_read_access_begin(user, size))
		return -EFAULT;
	for (i = 0; i < words; i++)
		unsafe_get_user(word[i], from + i, end_access);
	if (size & sizeof(u32))
		unsafe_get_user(*(u32 *)(word + i), (const u32 __user *)(from + i), end_access);
	user_read_access_end();
	return 0;

end_access:
	user_read_access_end();
	return -EFAULT;
}

/* -EFAULT; some of it may be written then. */
int gs_words_write(void __user *user, const void *from, u32 size)
{
	unsigned long i, words = size / sizeof(u64);
	u64 __user *to = user;
	const u64 *word = from;

	if (!is_in_words(user, size))
		return copy_to_user(user, from, size) ? -EFAULT : 0;
	if (should_fail_usercopy() || !user_write_access_begin(user, size))
		return -EFAULT;
	for (i = 0; i < words; i++)
		unsafe_put_user(word[i], to + i, end_access);
	if (size & sizeof(u32))
		unsafe_put_user(*(const u32 *)(word + i), (u32 __user *)(to + i), end_access);
	user_write_access_end();
	return 0;

end_access:
	user_write_access_end();
	return -EFAULT;
}
