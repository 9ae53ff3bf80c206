// SPDX-License-Identifier: MIT
// The output for programs is that of golden/ to the last byte: columns, units, JSON, Prometheus.
/*
 * JSON is well-formed, and every figure for Prometheus has its HELP and TYPE before it.
 *
 * In golden/ @POOL@ and @PID@ stand for the pool's id and this process, and @PAGES 3@
 * for the bytes of three pages.
 */
#include "test.h"

#include <sys/prctl.h>

#include <libshim.h>

#include "ctl.h"
#include "ctl_pool.h"
#include "text.h"

#define GOLDEN "/tests/ctl/golden/"
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

/* Replaces all of word in text with the number. */
static void fill(char *text, size_t size, const char *word, unsigned long number)
{
	char digits[24], *at;

	snprintf(digits, sizeof(digits), "%lu", number);
	while ((at = strstr(text, word)) != NULL) {
		test_ok(strlen(text) + strlen(digits) < size);
		memmove(at + strlen(digits), at + strlen(word), strlen(at + strlen(word)) + 1);
		memcpy(at, digits, strlen(digits));
	}
}

/* The same for each number of pages. */
static void fill_pages(char *text, size_t size)
{
	unsigned long pages;
	char word[32], *at;

	while ((at = strstr(text, "@PAGES ")) != NULL) {
		test_eq(sscanf(at, "@PAGES %lu@", &pages), 1);
		snprintf(word, sizeof(word), "@PAGES %lu@", pages);
		fill(text, size, word, pages * PAGE);
	}
}

/*
 * The memory of all pools has bookkeeping in it, whose size is the kernel's own matter: its
 * number is taken from the output.
 */
static void fill_any(char *text, size_t size, const char *output)
{
	char *at = strstr(text, "@ANY@");
	unsigned long number;

	if (!at)
		return;
	test_ok(strlen(output) > (size_t)(at - text));
	test_eq(sscanf(output + (at - text), "%lu", &number), 1);
	test_ok(number >= 6 * PAGE && number < 64 * PAGE);
	fill(text, size, "@ANY@", number);
}

static void test_golden(const char *words, const char *file)
{
	char expected[16384], path[128];
	struct shim_pool *pool;
	struct output output;
	char command[128];
	unsigned int id;

	write_text(MAX_USER_PAGES, "100000");
	pool = pool_full();
	id = pool_id();
	snprintf(path, sizeof(path), GOLDEN "%s", file);
	read_text(path, expected, sizeof(expected));
	fill(expected, sizeof(expected), "@POOL@", id);
	fill(expected, sizeof(expected), "@PID@", (unsigned int)getpid());
	fill_pages(expected, sizeof(expected));
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
	test_golden("stats", "stats");
}

TEST("stats --json is as in golden/json")
{
	test_golden("stats --json", "json");
}

TEST("stats --prometheus is as in golden/prometheus")
{
	test_golden("stats --prometheus", "prometheus");
}

/* ---- JSON ---------------------------------------------------------------------- */

static const char *skip(const char *at)
{
	return at + strspn(at, " \n\t\r");
}

static const char *json_string(const char *at)
{
	test_eq(*at++, '"');
	for (; *at != '"'; at++) {
		test_ok((unsigned char)*at >= ' ');
		if (*at == '\\')
			test_ok(strchr("\"\\/bfnrt", *++at));
	}
	return at + 1;
}

/* What is behind the value, which must be one. */
static const char *json_value(const char *at)
{
	char end;

	at = skip(at);
	if (*at == '"')
		return json_string(at);
	if (*at != '{' && *at != '[') {
		size_t digits = strspn(at, "0123456789");

		test_ok(digits > 0 && (digits == 1 || *at != '0'));
		return at + digits;
	}
	end = *at == '{' ? '}' : ']';
	at = skip(at + 1);
	while (*at != end) {
		if (end == '}') {
			at = skip(json_string(at));
			test_eq(*at++, ':');
		}
		at = skip(json_value(at));
		if (*at == ',') {
			at = skip(at + 1);
			test_ok(*at != end);
		} else {
			test_eq(*at, end);
		}
	}
	return at + 1;
}

TEST("JSON is well-formed, with two pools and with none")
{
	struct shim_pool *pools[2];
	struct output output;

	for (size_t i = 0; i < 3; i++) {
		ctl(&output, "stats --json");
		test_eq(output.code, 0);
		test_str(skip(json_value(output.out)), "");
		if (i < 2)
			pools[i] = pool_full();
	}
	shim_pool_destroy(pools[0]);
	shim_pool_destroy(pools[1]);
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
	test_eq(samples, 5 + 2 * 20);
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
