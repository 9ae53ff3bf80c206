/* SPDX-License-Identifier: MIT */
/*
 * The generic netlink family: one socket for requests and answers, and one for events. An
 * error ends the program with a line that says what to do.
 */
#ifndef CTL_FAMILY_H
#define CTL_FAMILY_H

#include "netlink/record.h"

/* The module's record, whose values are GUARDSLOT_A_MODULE_. */
void family_module(struct record *module);
uint64_t family_page_size(void);

/* All pools that the caller may see, by id. */
void family_pools(struct records *pools);
void family_pool(uint32_t id, struct record *pool);
void family_slots(uint32_t pool, struct records *slots);
void family_images(uint32_t pool, struct records *images);

/* Events from now on are kept for family_follow(). */
void family_join(void);
/*
 * Calls follow() for each event until it returns false. The event is NULL when
 * events were lost, because they came faster than they were read.
 */
void family_follow(bool (*follow)(const struct record *event, void *arg), void *arg);

/* Whether the family can be used, 0 or a negative errno; the kernel loads the module for it. */
int family_try(void);
/* For who only looks: whether sysfs says that the module is not loaded. */
bool family_is_idle(void);

#endif /* CTL_FAMILY_H */
