// SPDX-License-Identifier: MIT
/* The wrappers: each fills the struct of its call and gives 0 or -errno. */
#include "abi.h"

int device_open(void)
{
	int fd = open(GUARDSLOT_DEVICE, O_RDWR | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

int device_call(int fd, unsigned int number, void *arg)
{
	int ret = ioctl(fd, number, arg);

	return ret < 0 ? -errno : ret;
}

int do_info(int fd, struct guardslot_info *info)
{
	info->size = sizeof(*info);
	return device_call(fd, GUARDSLOT_IOC_INFO, info);
}

int do_create(int fd, struct guardslot_create *create)
{
	create->size = sizeof(*create);
	return device_call(fd, GUARDSLOT_IOC_CREATE, create);
}

int do_image_create(struct pool *pool, struct guardslot_image_create *create)
{
	create->size = sizeof(*create);
	return device_call(pool->fd, GUARDSLOT_IOC_IMAGE_CREATE, create);
}

int do_image_snapshot(struct pool *pool, uint32_t slot, uint64_t tag, uint32_t *image)
{
	struct guardslot_image_snapshot cmd = { .size = sizeof(cmd), .slot = slot, .tag = tag };
	int ret = device_call(pool->fd, GUARDSLOT_IOC_IMAGE_SNAPSHOT, &cmd);

	*image = cmd.out_image;
	return ret;
}

int do_image_destroy(struct pool *pool, uint32_t image)
{
	struct guardslot_image_destroy cmd = { .size = sizeof(cmd), .image = image };

	return device_call(pool->fd, GUARDSLOT_IOC_IMAGE_DESTROY, &cmd);
}

int do_reset_cmd(struct pool *pool, struct guardslot_reset *cmd)
{
	cmd->size = sizeof(*cmd);
	return device_call(pool->fd, GUARDSLOT_IOC_RESET, cmd);
}

int do_reset(struct pool *pool, uint32_t slot)
{
	struct guardslot_reset cmd = { .slots = (uintptr_t)&slot, .count = 1 };

	return do_reset_cmd(pool, &cmd);
}

int do_rebind(struct pool *pool, uint32_t slot, uint32_t image)
{
	struct guardslot_reset cmd = {
		.flags = GUARDSLOT_RESET_REBIND,
		.slots = (uintptr_t)&slot,
		.count = 1,
		.image = image,
	};

	return do_reset_cmd(pool, &cmd);
}

int do_resize(struct pool *pool, uint32_t slot, uint32_t area, uint64_t limit)
{
	struct guardslot_resize cmd = {
		.size = sizeof(cmd),
		.slot = slot,
		.area = area,
		.limit = limit,
	};

	return device_call(pool->fd, GUARDSLOT_IOC_RESIZE, &cmd);
}

int do_prefault_cmd(struct pool *pool, struct guardslot_prefault *cmd)
{
	cmd->size = sizeof(*cmd);
	return device_call(pool->fd, GUARDSLOT_IOC_PREFAULT, cmd);
}

int do_purge_cmd(struct pool *pool, struct guardslot_purge *cmd)
{
	cmd->size = sizeof(*cmd);
	return device_call(pool->fd, GUARDSLOT_IOC_PURGE, cmd);
}

int do_purge(struct pool *pool, uint32_t slot)
{
	struct guardslot_purge cmd = { .slots = (uintptr_t)&slot, .count = 1 };

	return do_purge_cmd(pool, &cmd);
}

int do_query(struct pool *pool, uint32_t slot, struct guardslot_query *query)
{
	*query = (struct guardslot_query){ .size = sizeof(*query), .slot = slot };
	return device_call(pool->fd, GUARDSLOT_IOC_QUERY, query);
}
