// SPDX-License-Identifier: MIT
/*
 * A pool of threads that run requests in slots: each request gets an idle slot with the
 * program's initial memory, and nothing of it is left for the next.
 *
 *	workers [device|mmap]
 */
#include <err.h>
#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>

#include <libshim.h>

#define WORKERS 8
#define SLOTS 4 /* fewer than workers: some wait */
#define REQUESTS 100
#define MEMORY (1u << 18)

static struct shim_pool *pool;

static void check(int error)
{
	if (error)
		errx(1, "%s", shim_error());
}

/* What a tenant does; it finds the program's text, and never another's number. */
static void request_run(char *memory, unsigned int number)
{
	if (strcmp(memory, "program") != 0)
		errx(1, "request %u found \"%s\"", number, memory);
	snprintf(memory, MEMORY, "request %u", number);
}

static void *worker_run(void *served)
{
	unsigned int *count = (unsigned int *)served;
	uint32_t slot;

	while (*count < REQUESTS) {
		int error = shim_slot_claim_any(pool, &slot);

		if (error == -EBUSY || error == -EAGAIN) {
			sched_yield();
			continue;
		}
		check(error);
		request_run((char *)shim_slot_address(pool, slot, 0), (*count)++);
		check(shim_slot_release(pool, &slot, 1, 0, NULL));
	}
	return NULL;
}

int main(int argc, char **argv)
{
	struct shim_image_area start = { .source = "program", .length = 8, .limit = MEMORY };
	uint32_t slots[SLOTS] = { 0, 1, 2, 3 }, image;
	unsigned int served[WORKERS] = { 0 }, sum = 0;
	struct shim_pool_config config;
	pthread_t threads[WORKERS];

	shim_pool_config_init(&config);
	if (argc > 1)
		config.backend = strcmp(argv[1], "mmap") ? SHIM_BACKEND_DEVICE : SHIM_BACKEND_MMAP;
	config.slots = SLOTS;
	config.flags = SHIM_POOL_IDLE;
	config.area_count = 1;
	config.areas[0].reserve = config.areas[0].guard = config.areas[0].max = MEMORY;
	check(shim_pool_create(&config, &pool));
	check(shim_image_create(pool, 1, &start, 1, &image));
	check(shim_slot_rebind(pool, slots, SLOTS, image, NULL));
	for (int i = 0; i < WORKERS; i++)
		if (pthread_create(&threads[i], NULL, worker_run, &served[i]))
			errx(1, "no thread");
	for (int i = 0; i < WORKERS; i++) {
		pthread_join(threads[i], NULL);
		sum += served[i];
	}
	printf("%d workers, %d slots, %u requests\n", WORKERS, SLOTS, sum);
	shim_pool_destroy(pool);
	return 0;
}
