// SPDX-License-Identifier: MIT
// Every call checks its struct in the same way and order, and a refused call changes nothing.
/*
 * A struct that is too short, too long or unreadable, an unknown flag and a reserved
 * field each have their one errno.
 */
#include "test.h"

#include <sys/mman.h>

#include "abi.h"
#include "calls.h"
#include "memory.h"
#include "pool.h"

static void fill(const struct call *call, struct arg *arg, uint32_t size)
{
	memset(arg, 0, sizeof(*arg));
	call->fill(arg);
	arg->size = size;
}

/* What can be seen of the pool is as pool_for() left it. */
static void test_unchanged(const struct call *call, struct pool *pool)
{
	struct guardslot_create geometry = small_geometry(1);
	struct guardslot_query query;
	uint32_t image;

	if (!pool->base) {
		test_err_query(-ENOENT, pool, 0, &query);
		test_create(pool->fd, &geometry);
		return;
	}
	test_query(pool, 1, &query);
	if (query.out_image != 0 || query.out_resident_pages != 4 ||
	    query.out_limit[0] != 4 * PAGE || query.out_resets || query.out_purges)
		test_fail("%s has changed slot 1", call->name);
	test_bytes(area_at(pool, 1, 0), 0x22, 4 * PAGE);
	for (image = 2; image < 8; image++)
		test_err_image_destroy(-ENOENT, pool, image);
	test_image_destroy(pool, 1);
}

static void test_refused(int error, const struct call *call, struct pool *pool, void *arg)
{
	int ret = device_call(pool->fd, call->number, arg);

	if (ret != error)
		test_fail("%s: got %d, expected %d", call->name, ret, error);
	test_unchanged(call, pool);
	pool_close(pool);
}

/* One call of a kind on a pool of its own, which must be refused. */
static void test_err_size(int error, const struct call *call, uint32_t size, uint8_t tail)
{
	struct pool pool = pool_for(call);
	struct arg arg;

	fill(call, &arg, size);
	memset(arg.bytes + call->size, tail, sizeof(arg) - call->size);
	test_refused(error, call, &pool, &arg);
}

TEST("a struct shorter than the first version is EINVAL")
{
	for_each_call(call) {
		test_err_size(-EINVAL, call, call->first_size - 1, 0);
		test_err_size(-EINVAL, call, 8, 0);
		test_err_size(-EINVAL, call, 0, 0);
	}
}

TEST("a struct of the first version works, and nothing past it is written")
{
	for_each_call(call) {
		struct pool pool = pool_for(call);
		struct arg arg;

		fill(call, &arg, call->first_size);
		memset(arg.bytes + call->first_size, 0x55, sizeof(arg) - call->first_size);
		test_success(device_call(pool.fd, call->number, &arg));
		test_bytes(arg.bytes + call->first_size, 0x55, sizeof(arg) - call->first_size);
		pool_close(&pool);
	}
}

TEST("a longer struct whose tail is not zero is E2BIG")
{
	for_each_call(call) {
		struct pool pool = pool_for(call);
		struct arg arg;

		test_err_size(-E2BIG, call, call->size + 8, 0xff);
		fill(call, &arg, call->size + 8);
		arg.bytes[call->size + 7] = 1;
		test_refused(-E2BIG, call, &pool, &arg);
	}
}

TEST("a struct longer than a page is E2BIG even if its tail is zero")
{
	uint8_t *at =
		mmap(NULL, 3 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	const uint32_t sizes[] = { (uint32_t)PAGE + 1, 2 * (uint32_t)PAGE, UINT32_MAX };

	test_ok(at != MAP_FAILED);
	for_each_call(call) {
		for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
			struct pool pool = pool_for(call);

			fill(call, (struct arg *)at, sizes[i]);
			test_refused(-E2BIG, call, &pool, at);
		}
	}
}

TEST("a struct of exactly a page with a zero tail works")
{
	uint8_t *at = before_hole(PAGE);

	for_each_call(call) {
		struct pool pool = pool_for(call);

		fill(call, (struct arg *)at, (uint32_t)PAGE);
		test_err(0, device_call(pool.fd, call->number, at));
		pool_close(&pool);
	}
}

/* The answer to a good struct of that size; nothing behind the struct is written. */
static struct arg answer(const struct call *call, uint32_t size)
{
	struct pool pool = pool_for(call);
	struct arg arg;
	int ret;

	fill(call, &arg, size);
	memset(arg.bytes + size, 0xa5, sizeof(arg) - size);
	ret = device_call(pool.fd, call->number, &arg);
	if (ret)
		test_fail("%s: got %d, expected success", call->name, ret);
	test_bytes(arg.bytes + size, 0xa5, sizeof(arg) - size);
	test_bytes(arg.bytes + call->size, 0, size - call->size);
	pool_close(&pool);
	return arg;
}

TEST("a longer struct whose tail is zero gives the answer of the exact one")
{
	for_each_call(call) {
		struct arg exact = answer(call, call->size);
		struct arg longer = answer(call, call->size + 8);

		test_mem(longer.bytes + 4, exact.bytes + 4, call->size - 4);
	}
}

TEST("a struct at NULL, at no address of a user, or in memory without access is EFAULT")
{
	void *bad[] = { NULL, (void *)-PAGE, (void *)(UINTPTR_MAX / 2), before_hole(0) };

	for_each_call(call) {
		for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
			struct pool pool = pool_for(call);

			test_refused(-EFAULT, call, &pool, bad[i]);
		}
	}
}

TEST("a struct that ends in memory without access is EFAULT")
{
	for_each_call(call) {
		struct pool pool = pool_for(call);
		void *at = before_hole(call->size - 8);
		struct arg arg;

		fill(call, &arg, call->size);
		memcpy(at, &arg, call->size - 8);
		test_refused(-EFAULT, call, &pool, at);
	}
}

TEST("a zero tail that ends in memory without access is EFAULT")
{
	for_each_call(call) {
		struct pool pool = pool_for(call);
		void *at = before_hole(call->size);
		struct arg arg;

		fill(call, &arg, call->size + 8);
		memcpy(at, &arg, call->size);
		test_refused(-EFAULT, call, &pool, at);
	}
}

TEST("a struct that cannot be written is EFAULT, and the call has done nothing")
{
	for_each_call(call) {
		struct pool pool = pool_for(call);
		uint8_t *at = before_hole(PAGE);

		if (call->silent) {
			pool_close(&pool);
			continue;
		}
		fill(call, (struct arg *)at, call->size);
		test_sys(mprotect(at, PAGE, PROT_READ));
		test_refused(-EFAULT, call, &pool, at);
	}
}

TEST("each unknown flag is EOPNOTSUPP")
{
	for_each_call(call) {
		struct pool pool = pool_for(call);
		struct arg arg;

		for (uint32_t flag = 1; flag; flag <<= 1) {
			int ret;

			fill(call, &arg, call->size);
			arg.flags = flag;
			if (flag & call->flags)
				continue;
			ret = device_call(pool.fd, call->number, &arg);
			if (ret != -EOPNOTSUPP)
				test_fail("%s, flag %#x: got %d", call->name, flag, ret);
		}
		test_unchanged(call, &pool);
		pool_close(&pool);
	}
}

TEST("each bit of each reserved field is EOPNOTSUPP")
{
	for_each_call(call) {
		struct pool pool;
		struct arg arg;

		if (!call->reserved)
			continue;
		pool = pool_for(call);
		for (uint32_t bit = 1; bit; bit <<= 1) {
			int ret;

			fill(call, &arg, call->size);
			memcpy(arg.bytes + call->reserved, &bit, sizeof(bit));
			ret = device_call(pool.fd, call->number, &arg);
			if (ret != -EOPNOTSUPP)
				test_fail("%s, reserved %#x: got %d", call->name, bit, ret);
		}
		test_unchanged(call, &pool);
		pool_close(&pool);
	}
}

TEST("what is named out_ is ignored on the way in")
{
	for_each_call(call) {
		struct arg clean = answer(call, call->size), arg, zeroed;
		struct pool pool = pool_for(call);

		/* Bytes that the answer changes, but for size, are the out_ fields. */
		fill(call, &zeroed, call->size);
		fill(call, &arg, call->size);
		for (size_t i = 4; i < call->size; i++)
			if (clean.bytes[i] != zeroed.bytes[i])
				arg.bytes[i] = 0xee;
		if (device_call(pool.fd, call->number, &arg))
			test_fail("%s looks at an out_ field", call->name);
		test_mem(arg.bytes, clean.bytes, call->size);
		pool_close(&pool);
	}
}

TEST("all calls but INFO and CREATE are ENOENT before CREATE")
{
	for_each_call(call) {
		struct pool pool = { .fd = test_success(device_open()) };
		struct arg arg;

		fill(call, &arg, call->size);
		test_eq(device_call(pool.fd, call->number, &arg),
			call->before_create ? 0 : -ENOENT);
		pool_close(&pool);
	}
}

TEST("an unknown number is ENOTTY")
{
	struct pool pool = pool_small(1);
	struct arg arg = { .size = sizeof(struct guardslot_info) };

	test_err(-ENOTTY,
		 device_call(pool.fd, _IO(GUARDSLOT_IOCTL_TYPE, GUARDSLOT_IOC_LAST + 1), &arg));
	test_err(-ENOTTY, device_call(pool.fd, _IO(GUARDSLOT_IOCTL_TYPE, 255), &arg));
	test_err(-ENOTTY, device_call(pool.fd, _IO(GUARDSLOT_IOCTL_TYPE, 255), NULL));
	test_err(-ENOTTY, device_call(pool.fd, 0, &arg));
	test_err(-ENOTTY, device_call(pool.fd, UINT32_MAX, &arg));
}

TEST("a known number with another type, a direction or a size is ENOTTY")
{
	struct pool pool = pool_small(1);

	for_each_call(call) {
		unsigned int nr = _IOC_NR(call->number);
		const unsigned int wrong[] = {
			_IO(GUARDSLOT_IOCTL_TYPE + 1, nr),
			_IOW(GUARDSLOT_IOCTL_TYPE, nr, uint64_t),
			_IOR(GUARDSLOT_IOCTL_TYPE, nr, uint64_t),
			_IOWR(GUARDSLOT_IOCTL_TYPE, nr, struct arg),
			_IOC(_IOC_NONE, GUARDSLOT_IOCTL_TYPE, nr, call->size),
		};
		struct arg arg;

		fill(call, &arg, call->size);
		for (size_t i = 0; i < ARRAY_SIZE(wrong); i++)
			if (device_call(pool.fd, wrong[i], &arg) != -ENOTTY)
				test_fail("%s is known as %#x as well", call->name, wrong[i]);
	}
}

TEST("a call that is wrong in all ways fails by the first check: size, tail, flags, CREATE")
{
	for_each_call(call) {
		int fd = test_success(device_open());
		struct arg arg;

		fill(call, &arg, call->size + 8);
		arg.flags = ~0u;
		arg.bytes[call->size] = 1;
		test_err(-ENOTTY, device_call(fd, call->number + 100, NULL));
		test_err(-E2BIG, device_call(fd, call->number, &arg));
		arg.size = call->first_size - 1;
		test_err(-EINVAL, device_call(fd, call->number, &arg));
		arg.size = call->size;
		test_err(-EOPNOTSUPP, device_call(fd, call->number, &arg));
		test_sys(close(fd));
	}
}

TEST("a reserved field is looked at before values, values before a bad vector or slot")
{
	struct pool pool = pool_small(1);
	uint32_t no_slot = NO_SLOT;
	struct guardslot_reset reset = { .image = 5, .count = 1, .__reserved = 1 };
	struct guardslot_purge purge = { .mode = 77, .tag = 1, .count = 1 };
	struct guardslot_image_create image = { .areas[0].limit = 1, .__reserved = 1 };

	test_err_reset_cmd(-EOPNOTSUPP, &pool, &reset);
	reset.__reserved = 0;
	test_err_reset_cmd(-EINVAL, &pool, &reset); /* an image without REBIND */
	reset.flags = GUARDSLOT_RESET_REBIND;
	test_err_reset_cmd(-EFAULT, &pool, &reset);
	reset.slots = (uintptr_t)&no_slot;
	test_err_reset_cmd(-ENOENT, &pool, &reset);

	test_err_purge_cmd(-EOPNOTSUPP, &pool, &purge);
	purge.mode = GUARDSLOT_PURGE_SLOTS;
	test_err_purge_cmd(-EINVAL, &pool, &purge); /* a tag without TAG */
	purge.tag = 0;
	test_err_purge_cmd(-EFAULT, &pool, &purge);
	purge.slots = (uintptr_t)&no_slot;
	test_err_purge_cmd(-ENOENT, &pool, &purge);

	test_err_image_create(-EOPNOTSUPP, &pool, &image);
	image.__reserved = 0;
	test_err_image_create(-EINVAL, &pool, &image);
}

TEST_MAIN()
