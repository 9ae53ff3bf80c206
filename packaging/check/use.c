// SPDX-License-Identifier: MIT
/*
 * A small user of the installed library, for packaging/check-install.sh: valid C11
 * and valid C++11 and C++17, with all warnings.
 *
 *	use device|mmap		makes a pool there, and resets a slot of it
 *	use refused		the device must be there, and refuse with EACCES
 */
#include <guardslot.h>
#include <guardslot_netlink.h>
#include <libshim.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

static int pool_make(uint32_t backend, struct shim_pool **pool)
{
	struct shim_pool_config config;

	memset(&config, 0, sizeof(config));
	config.size = sizeof(config);
	config.backend = backend;
	config.slots = 4;
	config.area_count = 1;
	config.areas[0].reserve = 1 << 20;
	config.areas[0].guard = 1 << 16;
	config.areas[0].max = 1 << 20;
	config.areas[0].initial = 1 << 16;
	return shim_pool_create(&config, pool);
}

static int failed(const char *what)
{
	fprintf(stderr, "use: %s: %s\n", what, shim_error());
	return 1;
}

/* What was written is gone after a reset. */
static int pool_use(struct shim_pool *pool)
{
	uint32_t slot = 2, done = 0;
	unsigned char *memory = (unsigned char *)shim_slot_address(pool, slot, 0);

	memset(memory, 7, 100);
	if (shim_slot_reset(pool, &slot, 1, &done) || done != 1)
		return failed("reset");
	for (int i = 0; i < 100; i++)
		if (memory[i])
			return failed("a byte outlived the reset");
	return 0;
}

int main(int argc, char **argv)
{
	const char *want = argc == 2 ? argv[1] : "";
	uint32_t backend = strcmp(want, "mmap") ? SHIM_BACKEND_DEVICE : SHIM_BACKEND_MMAP;
	struct shim_pool *pool = NULL;
	int error = pool_make(backend, &pool);

	if (strcmp(want, "refused") == 0) {
		if (error != -EACCES)
			return failed("not refused with EACCES");
		printf("refused: %s\n", shim_error());
		return 0;
	}
	if (error)
		return failed("create");
	error = pool_use(pool);
	shim_pool_destroy(pool);
	if (!error)
		printf("%s works\n", want);
	return error;
}
