// SPDX-License-Identifier: MIT
// events writes a line at once when a pool comes or goes, a guard is hit or a cap is reached.
/*
 * It misses nothing after its line of column names.
 */
#include "test.h"

#include <sys/prctl.h>
#include <sys/wait.h>

#include <libshim.h>

#include "ctl.h"
#include "ctl_pool.h"
#include "golden.h"

/* Pools that come and go. */
#define BURSTS 5
#define BURST 10

struct follower {
	pid_t child;
	FILE *lines;
};

static void follower_line(struct follower *follower, char *line, int size)
{
	test_ok(fgets(line, size, follower->lines));
	line[strcspn(line, "\n")] = '\0';
}

/* Of "events -n @count", or of "events" if that is NULL. */
static void follower_start(struct follower *follower, const char *count)
{
	char line[512];
	int ends[2];

	test_sys(pipe(ends));
	follower->child = fork();
	if (follower->child == 0) {
		dup2(ends[1], STDOUT_FILENO);
		close(ends[0]);
		execlp("guardslotctl", "guardslotctl", "events", count ? "-n" : NULL, count, NULL);
		_exit(127);
	}
	close(ends[1]);
	follower->lines = fdopen(ends[0], "r");
	follower_line(follower, line, sizeof(line));
	test_str(line, "time\tevent\tpool\tpid\tcommand\tslot\toffset\tcap\tcap_size\tslots\t"
		       "memory\tsuppressed\tarea\tarea_offset");
}

/* The rest of the next line after its time, of which the form is checked. */
static const char *follower_event(struct follower *follower, char *line, int size)
{
	static const char form[] = "dddd-dd-ddTdd:dd:ddsdddd\t";

	follower_line(follower, line, size);
	for (size_t i = 0; form[i]; i++)
		test_ok(form[i] == 'd' ? line[i] >= '0' && line[i] <= '9' :
			form[i] == 's' ? line[i] == '+' || line[i] == '-' :
					 line[i] == form[i]);
	return line + strlen(form);
}

static void follower_end(struct follower *follower)
{
	int status;

	test_sys(kill(follower->child, SIGTERM));
	test_sys(waitpid(follower->child, &status, 0));
	test_ok(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
	test_eq(fgetc(follower->lines), EOF);
}

/* The two events of the pool, which were the next ones. */
static void test_came_and_went(struct follower *follower, unsigned int pool)
{
	char line[512], expected[512];

	for (int gone = 0; gone < 2; gone++) {
		snprintf(expected, sizeof(expected),
			 "pool-%s\t%u\t%d\tcomes and goes\t-\t-\t-\t-\t-\t-\t-\t-\t-",
			 gone ? "gone" : "created", pool, getpid());
		test_str(follower_event(follower, line, sizeof(line)), expected);
	}
}

/* In bursts that a socket's buffer holds however slowly it is read. */
TEST("pools that come and go, every one, in order")
{
	struct follower follower;
	struct shim_pool *pool;
	unsigned int first;

	test_sys(prctl(PR_SET_NAME, "comes and goes"));
	pool = pool_plain(1);
	first = pool_id() + 1;
	shim_pool_destroy(pool);
	follower_start(&follower, NULL);
	for (unsigned int i = 0; i < BURSTS; i++) {
		for (unsigned int k = 0; k < BURST; k++)
			shim_pool_destroy(pool_plain(1 + k));
		for (unsigned int k = 0; k < BURST; k++)
			test_came_and_went(&follower, first + i * BURST + k);
	}
	follower_end(&follower);
}

TEST("a guard hit has its slot and place, a cap its size")
{
	const uint64_t size = 16 * PAGE;
	struct shim_pool_config config = {
		.size = sizeof(config),
		.backend = SHIM_BACKEND_DEVICE,
		.slots = 4,
		.area_count = 1,
		.max_resident = PAGE,
		.areas = { { .reserve = size, .guard = size, .max = size, .initial = size } },
	};
	struct shim_pool *pool = pool_new(&config);
	unsigned int id = pool_id();
	volatile unsigned char *memory = shim_slot_address(pool, 2, 0);
	char line[512], expected[512];
	struct follower follower;

	test_sys(prctl(PR_SET_NAME, "tenant"));
	follower_start(&follower, NULL);
	test_signal(SIGSEGV, memory + size + 1, memory[size + 1]);
	snprintf(expected, sizeof(expected),
		 "guard-hit\t%u\t%d\ttenant\t2\t%" PRIu64 "\t-\t-\t-\t-\t0\t0\t%" PRIu64, id,
		 getpid(), 2 * 2 * size + size + 1, size + 1);
	test_str(follower_event(&follower, line, sizeof(line)), expected);
	memory[0] = 1;
	test_signal(SIGBUS, memory + PAGE, memory[PAGE] = 1);
	snprintf(expected, sizeof(expected),
		 "cap-reached\t%u\t%d\ttenant\t-\t-\tpool\t%zu\t-\t-\t0\t-\t-", id, getpid(), PAGE);
	test_str(follower_event(&follower, line, sizeof(line)), expected);
	shim_pool_destroy(pool);
	snprintf(expected, sizeof(expected), "pool-gone\t%u\t%d\t", id, getpid());
	test_mem(follower_event(&follower, line, sizeof(line)), expected, strlen(expected));
	follower_end(&follower);
}

/* Whether some generic netlink socket is in a multicast group, as /proc/net/netlink has it. */
static bool listeners(void)
{
	unsigned int protocol, groups = 0;
	char line[256];
	FILE *file = fopen("/proc/net/netlink", "re");

	test_ok(file);
	while (!groups && fgets(line, sizeof(line), file))
		if (sscanf(line, "%*s %u %*u %x", &protocol, &groups) != 2 || protocol != 16)
			groups = 0;
	fclose(file);
	return groups != 0;
}

/* Of the second area of the second slot, behind a guard before the first. */
TEST("--json has a guard hit's area and offset, an object a line, as in golden/json-events")
{
	struct shim_pool_config config = {
		.size = sizeof(config),
		.backend = SHIM_BACKEND_DEVICE,
		.slots = 2,
		.area_count = 2,
		.pre_guard = 4 * PAGE,
		.areas = { { 16 * PAGE, 16 * PAGE, 16 * PAGE, PAGE },
			   { 8 * PAGE, 8 * PAGE, 8 * PAGE, 2 * PAGE } },
	};
	char line[2048], expected[2048];
	struct shim_pool *pool;
	FILE *lines;

	test_sys(prctl(PR_SET_NAME, "tenant"));
	lines = popen("guardslotctl events --json -n 2", "re");
	test_ok(lines);
	test_until(listeners());
	pool = pool_new(&config);
	golden_read(expected, sizeof(expected), "json-events", pool_id());
	test_signal(SIGSEGV, (char *)shim_slot_address(pool, 1, 1) + 3 * PAGE,
		    ((volatile char *)shim_slot_address(pool, 1, 1))[3 * PAGE]);
	test_ok(fgets(line, sizeof(line), lines));
	test_ok(strstr(line, "\"event\": \"pool-created\""));
	test_ok(fgets(line, sizeof(line), lines));
	test_str(strstr(line, "\"event\""), strstr(expected, "\"event\""));
	test_eq(pclose(lines), 0);
	shim_pool_destroy(pool);
}

TEST("doctor makes no pool")
{
	struct follower follower;
	struct output output;
	struct shim_pool *pool;
	char line[512];

	follower_start(&follower, "1");
	ctl(&output, "doctor");
	test_eq(output.code, 0);
	test_sys(prctl(PR_SET_NAME, "its own"));
	pool = pool_plain(1);
	test_ok(strstr(follower_event(&follower, line, sizeof(line)), "\tits own\t"));
	test_sys(waitpid(follower.child, NULL, 0));
	shim_pool_destroy(pool);
}

TEST("-n ends it")
{
	struct follower follower;
	char line[512];
	int status;

	follower_start(&follower, "3");
	for (int i = 0; i < 2; i++)
		shim_pool_destroy(pool_plain(1));
	for (int i = 0; i < 3; i++)
		follower_event(&follower, line, sizeof(line));
	test_eq(fgetc(follower.lines), EOF);
	test_sys(waitpid(follower.child, &status, 0));
	test_eq(status, 0);
}

TEST_MAIN()
