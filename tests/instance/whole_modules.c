// SPDX-License-Identifier: MIT
// Memories, tables and globals of an instance are what another reader finds in the binary.
#include "allocator_test.h"
#include "module_host.h"

/*
 * The folders of tests/data have modules, NAME.wasm, and for many of them what
 * expect.py says of an instance, NAME.expect.
 */
#define RUN 1024	  /* of expect.py, of which it says that they are zero or not */
#define TOUCHED (2 << 20) /* of a larger memory no more is read the second time */

static struct shim_allocator *allocator;
static int checked; /* modules */

static struct shim_allocator *allocator_large(void)
{
	struct shim_allocator_config config = config_small();

	config.instances = 2;
	config.max_memories = 3;
	config.max_tables = 3;
	config.max_memory_size = UINT64_C(128) << 20;
	config.max_instance_size = 64 * PAGE;
	return allocator_create(&config);
}

/* ---- what is expected ------------------------------------------------------------ */

struct check {
	const char *path;
	struct shim_instance *instance;
	bool whole; /* read large memories to their end */
	/* The memory or table that is being compared, and how far. */
	uint32_t index;
	uint64_t length, at;
	uint32_t memories, tables, globals;
};

#define CHECK(check, condition)                                                 \
	do {                                                                    \
		if (!(condition))                                               \
			test_fail("%s: not so: %s", (check)->path, #condition); \
	} while (0)

/* The memory that is being compared is zero up to here. */
static void zero_to(struct check *check, uint64_t to)
{
	const unsigned char *base = (const unsigned char *)memory_at(check->instance, check->index);
	static const unsigned char zero[RUN];

	if (!check->whole && to - check->at > TOUCHED)
		check->at = to - TOUCHED;
	for (; check->at < to; check->at += RUN)
		CHECK(check, memcmp(base + check->at, zero, RUN) == 0);
}

static void data_line(struct check *check, const char *hex, uint64_t at)
{
	const unsigned char *base = (const unsigned char *)memory_at(check->instance, check->index);

	zero_to(check, at);
	for (; hex[0] && hex[0] != '\n'; hex += 2)
		CHECK(check, base[check->at++] == (hex_digit(hex[0]) << 4 | hex_digit(hex[1])));
}

/* The table that is being compared is null up to here. */
static void null_to(struct check *check, uint64_t to)
{
	for (; check->at < to; check->at++)
		CHECK(check, !table_at(check->instance, check->index, (uint32_t)check->at));
}

static void is_function(struct check *check, const struct shim_vm_func_ref *ref, uint32_t function)
{
	/* Before the library is asked for it, which would make it whole. */
	CHECK(check, ref && ref->body == module_host_body(function));
	CHECK(check, ref == shim_instance_func_ref(check->instance, function));
}

static void memory_line(struct check *check, uint32_t index, uint64_t length)
{
	CHECK(check, index == check->memories++);
	CHECK(check, memory_length(check->instance, index) == length);
	check->index = index;
	check->length = length;
	check->at = 0;
}

static void table_line(struct check *check, uint32_t index, uint64_t elements)
{
	CHECK(check, index == check->tables++);
	CHECK(check, table_length(check->instance, index) == elements);
	check->index = index;
	check->length = elements;
	check->at = 0;
}

static void global_line(struct check *check, const char *line)
{
	uint32_t index, function;
	uint64_t low, high;
	const struct shim_vm_global *global;

	CHECK(check, sscanf(line, "global %" SCNu32, &index) == 1 && index == check->globals++);
	global = shim_instance_global(check->instance, index);
	CHECK(check, global);
	if (sscanf(line, "global %*u function %" SCNu32, &function) == 1) {
		is_function(check, (void *)(uintptr_t)global->bits[0], function);
		return;
	}
	CHECK(check, sscanf(line, "global %*u %" SCNx64 " %" SCNx64, &low, &high) == 2);
	CHECK(check, global->bits[0] == low && global->bits[1] == high);
}

/* Compares the rest of the memory or table. */
static void finish(struct check *check, bool is_memory)
{
	if (is_memory)
		zero_to(check, check->length);
	else
		null_to(check, check->length);
	check->length = check->at = 0;
}

static void line_check(struct check *check, const char *line, bool *is_memory)
{
	uint64_t index, value;
	uint32_t function;
	int hex;

	if (sscanf(line, "data %" SCNu64 " %" SCNu64 " %n", &index, &value, &hex) == 2) {
		data_line(check, line + hex, value);
		return;
	}
	if (sscanf(line, "element %" SCNu64 " %" SCNu64 " %" SCNu32, &index, &value, &function) ==
	    3) {
		null_to(check, value);
		is_function(check, table_at(check->instance, check->index, (uint32_t)value),
			    function);
		check->at++;
		return;
	}
	finish(check, *is_memory);
	*is_memory = sscanf(line, "memory %" SCNu64 " %" SCNu64, &index, &value) == 2;
	if (*is_memory)
		memory_line(check, (uint32_t)index, value);
	else if (sscanf(line, "table %" SCNu64 " %" SCNu64, &index, &value) == 2)
		table_line(check, (uint32_t)index, value);
	else
		global_line(check, line);
}

static void expect_path(char name[static 800], const char *path)
{
	snprintf(name, 800, "%.*s.expect", (int)(strlen(path) - strlen(".wasm")), path);
}

static void instance_check(const char *path, struct shim_instance *instance, bool whole)
{
	struct check check = { .path = path, .instance = instance, .whole = whole };
	char name[800], *line = NULL;
	bool is_memory = false;
	size_t room = 0;
	FILE *file;

	expect_path(name, path);
	file = fopen(name, "r");
	if (!file)
		test_fail("%s: %s", name, strerror(errno));
	while (getline(&line, &room, file) > 0)
		line_check(&check, line, &is_memory);
	finish(&check, is_memory);
	CHECK(&check, !shim_instance_memory(instance, check.memories));
	CHECK(&check, !shim_instance_table(instance, check.tables));
	CHECK(&check, !shim_instance_global(instance, check.globals));
	free(line);
	fclose(file);
}

/* ---- the test -------------------------------------------------------------------- */

/* Leaves traces in all that the instance has of its own. */
static void instance_dirty(struct shim_instance *instance)
{
	const struct shim_vmoffsets *offsets = shim_module_offsets(shim_instance_module(instance));

	for (uint32_t i = 0; i < offsets->defined_memory_count; i++) {
		uint32_t index = offsets->imported_memory_count + i;

		for (uint64_t at = 0; at < memory_length(instance, index); at += 5 * PAGE + 8)
			memory_at(instance, index)[at] ^= 0x5a;
	}
	for (uint32_t i = 0; i < offsets->defined_table_count; i++) {
		uint32_t index = offsets->imported_table_count + i;

		must(shim_table_fill(instance, index, 0, (void *)8, table_length(instance, index)));
	}
	for (uint32_t i = 0; i < offsets->defined_global_count; i++)
		shim_instance_global(instance, offsets->imported_global_count + i)->bits[0] ^= 77;
}

static void round_run(const char *path, struct shim_module *module, int is_bulk_memory, bool whole)
{
	struct shim_instance *instance;
	struct module_host host;

	module_host_init(&host, module);
	must(shim_allocator_allocate(allocator, &host.request, &instance));
	must(shim_allocator_initialize(allocator, instance, is_bulk_memory));
	instance_check(path, instance, whole);
	instance_dirty(instance);
	shim_allocator_deallocate(allocator, instance);
	module_host_free(&host);
}

static void whole_check(const char *path)
{
	struct shim_module *module;
	struct binary binary;
	char name[800];

	expect_path(name, path);
	if (access(name, F_OK))
		return;
	checked++;
	binary = binary_load(path);
	module = module_parse(&binary);
	binary_free(&binary);
	must(shim_allocator_validate(allocator, module));
	for (int i = 0; i < 3; i++)
		round_run(path, module, i % 2, i == 0);
	must(shim_allocator_purge_module(allocator, module));
	shim_module_destroy(module);
}

static void folder_check(const char *folder, int at_least)
{
	test_timeout(120);
	checked = 0;
	allocator = allocator_large();
	folder_each(folder, whole_check);
	if (checked < at_least)
		test_fail("%d modules in %s, expected %d or more: make tests-data", checked, folder,
			  at_least);
	must(shim_allocator_destroy(allocator));
}

TEST("with element and data segments in every form")
{
	folder_check("wasm", 8);
	folder_check("instance", 6);
}

TEST("modules that others made and use")
{
	folder_check("real", 10);
}

TEST_MAIN()
