/* SPDX-License-Identifier: MIT */
/*
 * The generic netlink family: one socket, requests and answers. What goes wrong
 * ends the program with a line that says what to do.
 */
#ifndef CTL_FAMILY_H
#define CTL_FAMILY_H

#include "netlink/record.h"

/* The module: its record, for GUARDSLOT_A_MODULE_. */
void family_module(struct record *module);
uint64_t family_page_size(void);

/* All pools, by id; those of others are left out for who may not see them. */
void family_pools(struct records *pools);
void family_pool(uint32_t id, struct record *pool);
void family_slots(uint32_t pool, struct records *slots);
void family_images(uint32_t pool, struct records *images);

/* From here on events are kept for family_follow(); no more requests then. */
void family_join(void);
/*
 * Follows the events until follow() returns false. It gets NULL when events were
 * lost, because they came faster than they were read.
 */
void family_follow(bool (*follow)(const struct record *event, void *arg), void *arg);

/* For doctor: 0, or a negative errno; no more than that. */
int family_try(void);

#endif /* CTL_FAMILY_H */
