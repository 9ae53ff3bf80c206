/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What older kernels lack of generic netlink, for the files that use it.
 */
#ifndef _GS_COMPAT_GENETLINK_H
#define _GS_COMPAT_GENETLINK_H

#ifndef CONFIG_NET
#error "guardslot needs a kernel with CONFIG_NET"
#endif
#include <net/genetlink.h>
#ifndef GENL_MCAST_CAP_SYS_ADMIN /* 6.7, and a fix of older ones: 6.1.68, 6.6.7 */
#error "guardslot needs a kernel that can restrict who joins a multicast group"
#endif

#ifndef GS_HAVE_GENL_INFO_DUMP /* 6.7; only ->attrs is used, which both have */
#define genl_info_dump genl_dumpit_info
#endif

#endif /* _GS_COMPAT_GENETLINK_H */
