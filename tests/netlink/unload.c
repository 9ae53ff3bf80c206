// SPDX-License-Identifier: MIT
/*
 * Promise: the family comes and goes with the module; a dump that is not read to
 * its end keeps the module, a socket and a listener do not.
 *
 * The module is where the test guest has it, with its parameters beside it.
 */
#include "client.h"

#include <sys/syscall.h>

#define MODULE "/guest/module.ko"
#define PARAMS "/guest/params"

static long unload(void)
{
	return tap_sys(syscall(SYS_delete_module, "guardslot", O_NONBLOCK));
}

static void load(void)
{
	int module = open(MODULE, O_RDONLY | O_CLOEXEC), fd = open(PARAMS, O_RDONLY | O_CLOEXEC);
	char params[256] = "";

	test_sys(module);
	if (fd >= 0)
		test_sys(read(fd, params, sizeof(params) - 1));
	test_sys(syscall(SYS_finit_module, module, params, 0));
	for (int i = 0; i < 100 && access(GUARDSLOT_DEVICE, F_OK) != 0; i++)
		usleep(10000);
}

/* Unloads, after the last reference was put: that may take a moment. */
static void test_unload(void)
{
	long ret = unload();

	for (int i = 0; i < 100 && ret == -EWOULDBLOCK; i++) {
		usleep(10000);
		ret = unload();
	}
	test_err(0, ret);
}

TEST("a dump that is half read keeps the module, until its socket is closed")
{
	struct pool pool = pool_plain(20000, 1, 0);
	struct client client = client_open();
	struct outcome outcome = { 0 };

	request_send(&client, slots_request(&client, pool_id(&pool)));
	test_ok(!outcome_read(&client, &outcome, NULL, NULL));
	pool_close(&pool);
	for (int i = 0; i < 20; i++) {
		test_err(-EWOULDBLOCK, unload());
		usleep(10000);
	}
	client_close(&client);
	test_unload();
	load();
}

TEST("a socket and a listener do not keep it; the family goes, and comes back")
{
	struct client listener = listener_open(), client;
	struct outcome outcome;

	test_unload();
	test_ok(try_client_open(&client) < 0);
	client_close(&client);
	outcome = ask(&listener, request_new(&listener, GUARDSLOT_CMD_MODULE_GET, 0), NULL, NULL);
	test_eq(outcome.error, -ENOENT);
	load();
	client = client_open();
	outcome = ask(&client, request_new(&client, GUARDSLOT_CMD_MODULE_GET, 0), NULL, NULL);
	test_eq(outcome.error, 0);
}

TEST("the module goes at once after the last pool, with events waiting to be told")
{
	struct client listener = listener_open();
	struct pool pool = pool_plain(1, 4, 0);

	write_pages(area_at(&pool, 0, 0), 4, 1);
	atomic_store(claim_word(&pool, 0), GUARDSLOT_IDLE);
	write_file("/proc/sys/vm/drop_caches", "2");
	pool_close(&pool);
	test_unload();
	load();
	client_close(&listener);
}

TEST_MAIN()
