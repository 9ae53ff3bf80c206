// SPDX-License-Identifier: MIT
// A request that is wrong in any way is refused with the right error and with words that say why.
/*
 * No request does harm, whatever is in it.
 */
#include "test.h"

#include <linux/genetlink.h>
#include <netlink/attr.h>

#include "abi.h"
#include "answer.h"
#include "client.h"
#include "content.h"
#include "guest.h"
#include "image.h"
#include "message.h"
#include "pool.h"
#include "pool_id.h"
#include "request.h"

static struct nl_msg *bare(struct client *client, uint8_t cmd, int flags)
{
	return request_new(client, cmd, flags);
}

/* One case of many; a failure names it. */
static void test_case_refused(struct client *client, struct nl_msg *request, int number)
{
	struct outcome outcome = ask(client, request, NULL, NULL);

	if (outcome.error != -EINVAL || outcome.messages || lacks_words(&outcome))
		test_fail("case %d: %s, \"%s\"", number, strerror(-outcome.error), outcome.words);
}

/* A request of the pool, or of a slot or image in it, with an attribute of raw bytes. */
static struct nl_msg *with_bytes(struct client *client, uint8_t cmd, int flags, uint32_t pool,
				 int type, const void *bytes, int length)
{
	struct nl_msg *msg = bare(client, cmd, flags);

	if (pool)
		test_eq(nla_put_u32(msg, 1, pool), 0);
	test_eq(nla_put(msg, type, length, bytes), 0);
	return msg;
}

TEST("an attribute that is missing")
{
	static const struct {
		uint8_t cmd;
		int flags;
		int missing;
	} cases[] = {
		{ GUARDSLOT_CMD_POOL_GET, 0, GUARDSLOT_A_POOL_ID },
		{ GUARDSLOT_CMD_IMAGE_GET, 0, GUARDSLOT_A_IMAGE_POOL },
		{ GUARDSLOT_CMD_IMAGE_GET, NLM_F_DUMP, GUARDSLOT_A_IMAGE_POOL },
		{ GUARDSLOT_CMD_SLOT_GET, 0, GUARDSLOT_A_SLOT_POOL },
		{ GUARDSLOT_CMD_SLOT_GET, NLM_F_DUMP, GUARDSLOT_A_SLOT_POOL },
	};
	struct client client = client_open();

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct outcome outcome =
			ask(&client, bare(&client, cases[i].cmd, cases[i].flags), NULL, NULL);

		test_eq(outcome.error, -EINVAL);
		test_ok(!lacks_words(&outcome));
		if (!outcome.words[0])
			continue;
		test_eq(outcome.missing, cases[i].missing);
		test_str(outcome.words, "the pool's id is missing");
	}
}

TEST("the second attribute that is missing")
{
	struct client client = client_open();
	struct pool pool = pool_small(1);
	struct outcome outcome;

	outcome = ask(&client,
		      request_u32(&client, GUARDSLOT_CMD_SLOT_GET, 0, GUARDSLOT_A_SLOT_POOL,
				  pool_id(&pool), 0, 0),
		      NULL, NULL);
	test_eq(outcome.error, -EINVAL);
	test_eq(outcome.missing, GUARDSLOT_A_SLOT_INDEX);
	test_str(outcome.words, "the slot's index is missing");
	outcome = ask(&client,
		      request_u32(&client, GUARDSLOT_CMD_IMAGE_GET, 0, GUARDSLOT_A_IMAGE_POOL,
				  pool_id(&pool), 0, 0),
		      NULL, NULL);
	test_eq(outcome.error, -EINVAL);
	test_eq(outcome.missing, GUARDSLOT_A_IMAGE_ID);
	test_str(outcome.words, "the image's id is missing");
}

TEST("what is not there: pool, image, slot")
{
	struct client client = client_open();
	struct pool pool = pool_small(3);
	uint32_t id = pool_id(&pool), image = image_filled(&pool, 1, 1, 1);

	test_refused(ENOENT, &client, pool_request(&client, id + 1000));
	test_refused(ENOENT, &client, pool_request(&client, 0xffffffff));
	test_refused(ENOENT, &client, slot_request(&client, id + 1000, 0));
	test_refused(ENOENT, &client, slots_request(&client, id + 1000));
	test_refused(ENOENT, &client, images_request(&client, id + 1000));
	test_refused(ENOENT, &client, slot_request(&client, id, 3));
	test_refused(ENOENT, &client, slot_request(&client, id, (1 << 20) - 1));
	test_refused(ENOENT, &client, image_request(&client, id, image + 1));
	test_refused(ENOENT, &client, image_request(&client, id, 0xffffffff));
	test_image_destroy(&pool, image);
	test_refused(ENOENT, &client, image_request(&client, id, image));
}

TEST("a value out of range")
{
	struct client client = client_open();
	struct pool pool = pool_small(1);

	test_refused(ERANGE, &client, pool_request(&client, 0));
	test_refused(ERANGE, &client, slot_request(&client, 0, 0));
	test_refused(ERANGE, &client, image_request(&client, pool_id(&pool), 0));
	test_refused(ERANGE, &client, slot_request(&client, pool_id(&pool), 1 << 20));
	test_refused(ERANGE, &client, slots_request(&client, 0));
}

TEST("an attribute of a wrong length")
{
	static const uint8_t bytes[16] = { 1 };
	struct client client = client_open();

	for (int length = 0; length <= 16; length++) {
		if (length == 4)
			continue;
		test_case_refused(&client,
				  with_bytes(&client, GUARDSLOT_CMD_POOL_GET, 0, 0,
					     GUARDSLOT_A_POOL_ID, bytes, length),
				  length);
		test_case_refused(&client,
				  with_bytes(&client, GUARDSLOT_CMD_SLOT_GET, NLM_F_DUMP, 0,
					     GUARDSLOT_A_SLOT_POOL, bytes, length),
				  length);
	}
}

TEST("an attribute that the command does not take, of each type that there is")
{
	static const uint8_t cmds[] = {
		GUARDSLOT_CMD_MODULE_GET,
		GUARDSLOT_CMD_POOL_GET,
		GUARDSLOT_CMD_IMAGE_GET,
		GUARDSLOT_CMD_SLOT_GET,
	};
	static const int taken[] = { 0, GUARDSLOT_A_POOL_ID, GUARDSLOT_A_IMAGE_ID,
				     GUARDSLOT_A_SLOT_INDEX };
	struct client client = client_open();
	struct pool pool = pool_small(1);
	uint32_t one = 1;

	for (size_t i = 0; i < ARRAY_SIZE(cmds); i++) {
		uint32_t id = taken[i] ? pool_id(&pool) : 0;

		for (int type = taken[i] + 1; type < 40; type++) {
			test_case_refused(&client,
					  with_bytes(&client, cmds[i], 0, id, type, &one, 4), type);
			/* The highest numbers of types as well. */
			test_case_refused(
				&client,
				with_bytes(&client, cmds[i], 0, id, type | 0x3f00, &one, 4), type);
		}
	}
	test_refused(EINVAL, &client,
		     with_bytes(&client, GUARDSLOT_CMD_POOL_GET, 0, pool_id(&pool), 0, &one, 4));
}

TEST("a dump of one entry")
{
	struct client client = client_open();
	struct pool pool = pool_small(1);
	uint32_t id = pool_id(&pool);

	test_refused(EINVAL, &client,
		     request_u32(&client, GUARDSLOT_CMD_POOL_GET, NLM_F_DUMP, GUARDSLOT_A_POOL_ID,
				 id, 0, 0));
	test_refused(EINVAL, &client,
		     request_u32(&client, GUARDSLOT_CMD_SLOT_GET, NLM_F_DUMP, GUARDSLOT_A_SLOT_POOL,
				 id, GUARDSLOT_A_SLOT_INDEX, 0));
	test_refused(EINVAL, &client,
		     request_u32(&client, GUARDSLOT_CMD_IMAGE_GET, NLM_F_DUMP,
				 GUARDSLOT_A_IMAGE_POOL, id, GUARDSLOT_A_IMAGE_ID, 1));
}

TEST("an unknown command, an event as a command, and a dump of a command that has none")
{
	struct client client = client_open();
	struct outcome outcome;

	for (int cmd = 0; cmd < 256; cmd++) {
		if (cmd >= GUARDSLOT_CMD_MODULE_GET && cmd <= GUARDSLOT_CMD_SLOT_GET)
			continue;
		outcome = ask(&client, bare(&client, (uint8_t)cmd, 0), NULL, NULL);
		test_eq(outcome.error, -EOPNOTSUPP);
	}
	outcome = ask(&client, bare(&client, GUARDSLOT_CMD_MODULE_GET, NLM_F_DUMP), NULL, NULL);
	test_eq(outcome.error, -EOPNOTSUPP);
}

TEST("reserved flags and a reserved field of the header")
{
	struct client client = client_open();
	struct pool pool = pool_small(1);
	struct nl_msg *msg;

	test_refused(EINVAL, &client,
		     request_u32(&client, GUARDSLOT_CMD_POOL_GET, NLM_F_CREATE, GUARDSLOT_A_POOL_ID,
				 pool_id(&pool), 0, 0));
	msg = pool_request(&client, pool_id(&pool));
	((struct genlmsghdr *)nlmsg_data(nlmsg_hdr(msg)))->reserved = 1;
	test_refused(EINVAL, &client, msg);
}

TEST("a nest where there is none, and a length past the end")
{
	struct client client = client_open();
	struct pool pool = pool_small(1);
	struct nlattr *attr;
	struct nl_msg *msg;

	msg = pool_request(&client, pool_id(&pool));
	attr = nlmsg_find_attr(nlmsg_hdr(msg), GENL_HDRLEN, GUARDSLOT_A_POOL_ID);
	attr->nla_type |= NLA_F_NESTED;
	test_refused(EINVAL, &client, msg);

	msg = pool_request(&client, pool_id(&pool));
	attr = nlmsg_find_attr(nlmsg_hdr(msg), GENL_HDRLEN, GUARDSLOT_A_POOL_ID);
	attr->nla_len = 400;
	test_refused(EINVAL, &client, msg);
}

/* One random message behind a header that is right enough to be read. */
static void send_random(struct client *client, uint64_t *state)
{
	struct nl_msg *msg = bare(client, (uint8_t)((*state = mix(*state)) % 12), 0);
	size_t words = (*state >> 8) % 24;
	struct outcome outcome;

	if (*state >> 20 & 1)
		nlmsg_hdr(msg)->nlmsg_flags |= NLM_F_DUMP;
	for (size_t i = 0; i < words; i++) {
		uint32_t word = (uint32_t)(*state = mix(*state));

		/* Often what could be an attribute. */
		if (word & 0x80000000)
			word = (4 + word % 12) | (word >> 8) % 8 << 16;
		test_eq(nlmsg_append(msg, &word, sizeof(word), NLMSG_ALIGNTO), 0);
	}
	outcome = ask(client, msg, NULL, NULL);
	/* The last number that programs know: the kernel has some for itself. */
	if (outcome.error > 0 || outcome.error < -EHWPOISON)
		test_fail("error %d", outcome.error);
}

TEST("random messages are all answered, and the family works afterwards")
{
	struct client client = client_open();
	struct pool pool = pool_small(4);
	uint64_t state = 42;
	struct kept kept;

	test_timeout(120);
	for (long i = scaled(20000, 3000); i > 0; i--)
		send_random(&client, &state);
	get(&client, pool_request(&client, pool_id(&pool)), &kept);
	test_eq(get_attr(&kept.message, GUARDSLOT_A_POOL_SLOTS), 4);
}

TEST_MAIN()
