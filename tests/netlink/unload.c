// SPDX-License-Identifier: MIT
// The family comes and goes with the module.
/*
 * A dump that is not read to its end keeps the module; a socket and a listener do not.
 */
#include "test.h"

#include <stdatomic.h>

#include "abi.h"
#include "answer.h"
#include "client.h"
#include "file.h"
#include "listener.h"
#include "memory.h"
#include "pool.h"
#include "pool_id.h"
#include "reload.h"
#include "request.h"

TEST("a dump that is half read keeps the module, until its socket is closed")
{
	struct pool pool = pool_plain(20000, 1, 0);
	struct client client = client_open();
	struct outcome outcome = { 0 };

	request_send(&client, slots_request(&client, pool_id(&pool)));
	test_ok(!outcome_read(&client, &outcome, NULL, NULL));
	pool_close(&pool);
	test_err(-EWOULDBLOCK, module_unload());
	client_close(&client);
	test_module_unload();
	test_module_load();
}

TEST("a socket and a listener do not keep it; the family goes, and comes back")
{
	struct client listener = listener_open(), client;
	struct outcome outcome;

	test_module_unload();
	test_ok(try_client_open(&client) < 0);
	client_close(&client);
	outcome = ask(&listener, request_new(&listener, GUARDSLOT_CMD_MODULE_GET, 0), NULL, NULL);
	test_eq(outcome.error, -ENOENT);
	test_module_load();
	client = client_open();
	outcome = ask(&client, request_new(&client, GUARDSLOT_CMD_MODULE_GET, 0), NULL, NULL);
	test_eq(outcome.error, 0);
}

TEST("the module goes at once after the last pool, with events waiting to be sent")
{
	struct client listener = listener_open();
	struct pool pool = pool_plain(1, 4, 0);

	write_pages(area_at(&pool, 0, 0), 4, 1);
	atomic_store(claim_word(&pool, 0), GUARDSLOT_IDLE);
	write_file("/proc/sys/vm/drop_caches", "2");
	pool_close(&pool);
	test_module_unload();
	test_module_load();
	client_close(&listener);
}

TEST_MAIN()
