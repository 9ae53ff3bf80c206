// SPDX-License-Identifier: MIT
/*
 * A server of requests on threads, with resets in the background: a worker claims an idle
 * slot, runs the request there, sends the answer and releases the slot. A thread of the
 * library resets it, so that no answer and no request waits for a reset.
 *
 *	server [device|mmap] [REQUESTS]
 *
 * REQUESTS is how many each client sends, one after the other. The clients are threads of the same program, at the other end of a socket.
 */
#include <err.h>
#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <libshim.h>

#define WORKERS 4
#define SLOTS 8
#define MEMORY (1u << 18)
#define GREETING "hello, "
#define MESSAGE 64

static struct shim_pool *pool;
static unsigned int requests = 200;

/* A connection: the worker's end and the client's. */
struct connection {
	int ends[2];
	unsigned int number;
	unsigned int right; /* answers as they should be */
	pthread_t worker, client;
};

static void check(int error)
{
	if (error)
		errx(1, "%s", shim_error());
}

/* ---- the server ------------------------------------------------------------------ */

/* Code of a tenant: it finds the program's memory, and leaves the name in it. */
static void tenant_run(char *memory, const char *name, char *answer)
{
	size_t end = strlen(memory);

	snprintf(memory + end, MEMORY - end, "%s", name);
	snprintf(answer, MESSAGE, "%.*s", MESSAGE - 1, memory);
}

static uint32_t slot_claim(void)
{
	uint32_t slot;
	int error;

	/* All are in use or wait for their reset: more slots would be better. */
	while ((error = shim_slot_claim_any(pool, &slot)) == -EBUSY || error == -EAGAIN)
		sched_yield();
	check(error);
	return slot;
}

static void *worker_run(void *arg)
{
	struct connection *connection = (struct connection *)arg;
	char name[MESSAGE], answer[MESSAGE] = "";

	while (recv(connection->ends[0], name, sizeof(name), 0) > 0) {
		uint32_t slot = slot_claim();

		tenant_run((char *)shim_slot_address(pool, slot, 0), name, answer);
		if (send(connection->ends[0], answer, sizeof(answer), 0) < 0)
			err(1, "send");
		/* It only hands the slot over: reset_mode below. */
		check(shim_slot_release(pool, &slot, 1, 0, NULL));
	}
	return NULL;
}

static void pool_make(enum shim_backend backend)
{
	struct shim_image_area start = { .source = GREETING,
					 .length = sizeof(GREETING),
					 .limit = MEMORY };
	struct shim_pool_config config;
	uint32_t slots[SLOTS], image;

	shim_pool_config_init(&config);
	config.backend = backend;
	config.slots = SLOTS;
	config.area_count = 1;
	config.areas[0].reserve = config.areas[0].guard = config.areas[0].max = MEMORY;
	config.reset_mode = SHIM_RESET_THREADS;
	config.reset_threads = 1;
	check(shim_pool_create(&config, &pool));
	check(shim_image_create(pool, 1, &start, 1, &image));
	for (uint32_t i = 0; i < SLOTS; i++)
		slots[i] = i;
	check(shim_slot_rebind(pool, slots, SLOTS, image, NULL));
	check(shim_slot_release(pool, slots, SLOTS, SHIM_RELEASE_KEEP, NULL));
}

/* ---- clients --------------------------------------------------------------------- */

static void *client_run(void *arg)
{
	struct connection *connection = (struct connection *)arg;

	for (unsigned int i = 0; i < requests; i++) {
		char name[MESSAGE] = "", answer[MESSAGE] = "", expected[2 * MESSAGE];

		snprintf(name, sizeof(name), "client %u, request %u", connection->number, i);
		snprintf(expected, sizeof(expected), GREETING "%s", name);
		if (send(connection->ends[1], name, sizeof(name), 0) < 0 ||
		    recv(connection->ends[1], answer, sizeof(answer), 0) < 0)
			err(1, "client");
		connection->right += strcmp(answer, expected) == 0;
	}
	shutdown(connection->ends[1], SHUT_RDWR);
	return NULL;
}

int main(int argc, char **argv)
{
	struct connection connections[WORKERS];
	struct shim_pool_info info;
	unsigned int right = 0;

	pool_make(argc < 2		  ? SHIM_BACKEND_BEST :
		  strcmp(argv[1], "mmap") ? SHIM_BACKEND_DEVICE :
					    SHIM_BACKEND_MMAP);
	if (argc > 2)
		requests = (unsigned int)strtoul(argv[2], NULL, 10);
	for (unsigned int i = 0; i < WORKERS; i++) {
		connections[i].number = i;
		connections[i].right = 0;
		if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, connections[i].ends))
			err(1, "socketpair");
		if (pthread_create(&connections[i].worker, NULL, worker_run, &connections[i]) ||
		    pthread_create(&connections[i].client, NULL, client_run, &connections[i]))
			errx(1, "no thread");
	}
	for (unsigned int i = 0; i < WORKERS; i++) {
		pthread_join(connections[i].client, NULL);
		pthread_join(connections[i].worker, NULL);
		right += connections[i].right;
	}
	/* Before a program ends nothing has to wait; here it shows that all were reset. */
	shim_pool_flush(pool);
	shim_pool_info_init(&info);
	check(shim_pool_query(pool, &info));
	printf("%d workers, %d slots: %u of %u answers are right, %" PRIu32 " slots wait\n",
	       WORKERS, SLOTS, right, WORKERS * requests, info.waiting);
	shim_pool_destroy(pool);
	return right != WORKERS * requests;
}
