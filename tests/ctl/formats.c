// SPDX-License-Identifier: MIT
// The output for programs is that of golden/ to the last byte: columns, units, JSON, Prometheus.
/*
 * Every figure for Prometheus has its HELP and TYPE before it. tests/ctl/check-golden has
 * the schema and promtool look at golden/.
 *
 * lib/golden.h says what the words in golden/ stand for.
 */
#include "test.h"

#include <sys/prctl.h>

#include <libshim.h>

#include "ctl.h"
#include "ctl_pool.h"
#include "golden.h"
#include "reload.h"
#include "sysctl.h"
#include "text.h"

#define MAX_USER_PAGES "/sys/module/guardslot/parameters/max_user_pages"

/* With all that can be in one: areas, caps, an image, counters, an odd name. */
static struct shim_pool *pool_full(void)
{
	struct shim_pool_config config = {
		.size = sizeof(config),
		.backend = SHIM_BACKEND_DEVICE,
		.slots = 3,
		.area_count = 2,
		.pre_guard = 16 * PAGE,
		.max_resident = 100 * PAGE,
		.keep_resident = 16 * PAGE,
		.areas = { { 256 * PAGE, 16 * PAGE, 256 * PAGE, 16 * PAGE },
			   { 4 * PAGE, 0, 4 * PAGE, PAGE } },
	};
	static unsigned char content[2 * PAGE_MAX];
	struct shim_image_area areas[2] = {
		{ .source = content, .length = 2 * PAGE, .limit = 32 * PAGE }, { .limit = 2 * PAGE }
	};
	uint32_t slots[] = { 0, 1 }, image;
	volatile unsigned char *memory;
	struct shim_pool *pool;

	test_sys(prctl(PR_SET_NAME, "a\"b\\c\td \xc3\xa9"));
	content[0] = 1;
	content[PAGE] = 2;
	pool = pool_new(&config);
	memory = shim_slot_address(pool, 0, 0);
	for (size_t page = 0; page < 3; page++)
		memory[PAGE * page] = 1;
	test_signal(SIGSEGV, memory + 16 * PAGE, memory[16 * PAGE]);
	test_success(shim_slot_reset(pool, &slots[0], 1, NULL));
	test_success(shim_image_create(pool, 0x2a, areas, 2, &image));
	test_success(shim_slot_rebind(pool, &slots[1], 1, image, NULL));
	memory = shim_slot_address(pool, 1, 0);
	memory[0] = 3;
	test_eq(memory[PAGE], 2);
	test_success(shim_slot_reset(pool, &slots[1], 1, NULL));
	test_success(shim_slot_release(pool, (uint32_t[]){ 2 }, 1, SHIM_RELEASE_KEEP, NULL));
	return pool;
}

/*
 * The memory of all pools has bookkeeping in it, whose size is the kernel's own matter: its
 * number is taken from the output.
 */
static void fill_any(char *text, size_t size, const char *output)
{
	char *at = strstr(text, "@ANY@");
	unsigned long number;

	if (!at || strlen(output) < (size_t)(at - text))
		return;
	test_eq(sscanf(output + (at - text), "%lu", &number), 1);
	test_ok(number >= 6 * PAGE && number < 64 * PAGE);
	golden_fill(text, size, "@ANY@", number);
}

/* What is counted since the module was loaded begins with 0. */
static void module_renew(void)
{
	test_module_unload();
	test_module_load();
}

static void test_golden(const char *words, const char *file)
{
	char expected[16384];
	struct shim_pool *pool;
	struct output output;
	char command[128];
	unsigned int id;

	sysctl_set(MAX_USER_PAGES, "100000");
	pool = pool_full();
	id = pool_id();
	golden_read(expected, sizeof(expected), file, id);
	snprintf(command, sizeof(command), words, id);
	ctl(&output, command);
	fill_any(expected, sizeof(expected), output.out);
	test_str(output.out, expected);
	test_str(output.err, "");
	test_eq(output.code, 0);
	shim_pool_destroy(pool);
}

TEST("list is as in golden/list")
{
	test_golden("list", "list");
}

TEST("without a command it is list")
{
	test_golden("", "list");
}

TEST("show is as in golden/show")
{
	test_golden("show %u", "show");
}

TEST("slots is as in golden/slots")
{
	test_golden("slots %u", "slots");
}

TEST("images is as in golden/images")
{
	test_golden("images %u", "images");
}

TEST("stats is as in golden/stats")
{
	module_renew();
	test_golden("stats", "stats");
}

TEST("each command with --json is as in golden/json-*, which the schema holds for")
{
	test_golden("list --json", "json-list");
	test_golden("show --json %u", "json-show");
	test_golden("slots --json %u", "json-slots");
	test_golden("images --json %u", "json-images");
	module_renew();
	test_golden("stats --json", "json-stats");
	test_golden("top --json -d 0.1", "json-top");
}

TEST("without pools --json has empty arrays")
{
	struct output output;

	ctl(&output, "list --json");
	test_str(output.out, "{\n   \"schema\": 1,\n   \"pools\": []\n}\n");
	ctl(&output, "stats --json");
	test_ok(strstr(output.out, "      },\n   \"pools\": []\n}\n"));
	test_eq(output.code, 0);
}

TEST("-o chooses columns and their order")
{
	struct shim_pool *pool = pool_full();
	struct output output;
	char command[64];

	ctl(&output, "list -o slots,uid");
	test_str(output.out, "slots\tuid\n3\t0\n");
	ctl(&output, "list --json -o slots");
	test_ok(strstr(output.out, "      {\n         \"slots\": 3\n      }\n"));
	snprintf(command, sizeof(command), "show -o stride,slots %u", pool_id());
	ctl(&output, command);
	test_mem(output.out, "field\tvalue\nstride\t", 19);
	ctl(&output, "list -o all");
	test_mem(output.out, "pool\tpid\tuid\t", 13);
	shim_pool_destroy(pool);
}

TEST("stats --prometheus is as in golden/prometheus")
{
	module_renew();
	test_golden("stats --prometheus", "prometheus");
}

/* ---- Prometheus ---------------------------------------------------------------- */

TEST("each figure of Prometheus's comes after its own HELP and TYPE, all of it together")
{
	struct shim_pool *pools[2] = { pool_full(), pool_full() };
	char name[128] = "", expected[160];
	unsigned int samples = 0;
	struct output output;

	ctl(&output, "stats --prometheus");
	for (char *line = strtok(output.out, "\n"); line; line = strtok(NULL, "\n")) {
		if (sscanf(line, "# HELP %127s", name) == 1) {
			line = strtok(NULL, "\n");
			snprintf(expected, sizeof(expected), "# TYPE %s ", name);
			test_mem(line, expected, strlen(expected));
			line += strlen(expected);
			test_str(line, strstr(name, "_total") ? "counter" : "gauge");
			continue;
		}
		test_mem(line, name, strlen(name));
		test_ok(strchr("{ ", line[strlen(name)]));
		samples++;
	}
	test_eq(samples, 2 + 19 + 2 * 20);
	shim_pool_destroy(pools[0]);
	shim_pool_destroy(pools[1]);
}

TEST("--output puts the same into a file, and leaves no other")
{
	char text[16384];
	struct output output;

	test_sys(system("rm -rf /tmp/textfile && mkdir /tmp/textfile"));
	write_text("/tmp/textfile/guardslot.prom", "old");
	ctl(&output, "stats --prometheus -o /tmp/textfile/guardslot.prom");
	test_eq(output.code, 0);
	test_str(output.out, "");
	ctl(&output, "stats --prometheus");
	read_text("/tmp/textfile/guardslot.prom", text, sizeof(text));
	test_str(text, output.out);
	test_eq(system("test $(ls -A /tmp/textfile | wc -l) = 1"), 0);
	test_eq(system("test $(stat -c %a /tmp/textfile/guardslot.prom) = 644"), 0);
}

TEST_MAIN()
