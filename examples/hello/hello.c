// SPDX-License-Identifier: MIT
/*
 * The shortest complete program: three requests, each of which finds the state after
 * start-up and nothing of the one before.
 *
 *	cc hello.c -o hello -lshim
 */
#include <err.h>
#include <stdio.h>
#include <string.h>

#include <libshim.h>

int main(void)
{
	struct shim_pool_config config = { .size = sizeof(config), .slots = 8, .area_count = 1 };
	uint32_t image, slot = 7;
	struct shim_pool *pool;

	config.areas[0] = (struct shim_area_config){
		.reserve = 4ull << 30, .guard = 2ull << 30, .max = 4ull << 30, .initial = 1 << 20
	};
	if (shim_pool_create(&config, &pool))
		errx(1, "%s", shim_error());
	/* Start up once, in slot 0: what that made becomes the initial state of slot 7. */
	strcpy(shim_slot_address(pool, 0, 0), "hello");
	if (shim_image_snapshot(pool, 1, 0, &image) ||
	    shim_slot_rebind(pool, &slot, 1, image, NULL))
		errx(1, "%s", shim_error());
	for (int request = 1; request <= 3; request++) {
		char *memory = shim_slot_address(pool, slot, 0);

		printf("request %d finds \"%s\"\n", request, memory);
		snprintf(memory, 16, "secret %d", request);
		if (shim_slot_reset(pool, &slot, 1, NULL))
			errx(1, "%s", shim_error());
	}
	shim_pool_destroy(pool);
	return 0;
}
