/* SPDX-License-Identifier: MIT */
/*
 * Requests: any, and the ones that guardslotctl sends.
 */
#ifndef TESTS_REQUEST_H
#define TESTS_REQUEST_H

#include "client.h"

struct nl_msg *request_new(struct client *client, uint8_t cmd, int flags);

/* Sends and frees. */
void request_send(struct client *client, struct nl_msg *msg);

/* Requests of up to two u32 attributes, by type; type 0: none. */
struct nl_msg *request_u32(struct client *client, uint8_t cmd, int flags, int type1,
			   uint32_t value1, int type2, uint32_t value2);

struct nl_msg *pool_request(struct client *client, uint32_t id);

struct nl_msg *pools_request(struct client *client);

struct nl_msg *image_request(struct client *client, uint32_t pool, uint32_t image);

struct nl_msg *images_request(struct client *client, uint32_t pool);

struct nl_msg *slot_request(struct client *client, uint32_t pool, uint32_t slot);

struct nl_msg *slots_request(struct client *client, uint32_t pool);

#endif /* TESTS_REQUEST_H */
