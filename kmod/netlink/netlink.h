/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _GS_NETLINK_H
#define _GS_NETLINK_H

struct genl_family;

/* Index of the multicast group in the family. */
enum {
	GS_NETLINK_EVENTS,
};

extern struct genl_family gs_netlink_family;

int gs_netlink_init(void);
void gs_netlink_uninit(void);

#endif /* _GS_NETLINK_H */
