/* SPDX-License-Identifier: MIT */
/* <linux/userfaultfd.h>, and what it has since Linux 5.11, 6.4 and 6.7. */
#ifndef TESTS_UFFD_H
#define TESTS_UFFD_H

#include <linux/userfaultfd.h>

#ifndef UFFD_USER_MODE_ONLY
#define UFFD_USER_MODE_ONLY 1
#endif
#ifndef UFFD_FEATURE_WP_UNPOPULATED
#define UFFD_FEATURE_WP_UNPOPULATED (1 << 13)
#endif
#ifndef UFFD_FEATURE_WP_ASYNC
#define UFFD_FEATURE_WP_ASYNC (1 << 15)
#endif

#endif /* TESTS_UFFD_H */
