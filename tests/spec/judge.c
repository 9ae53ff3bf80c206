// SPDX-License-Identifier: MIT
// What the library says of each binary of a stream, for tests/spec/check.
/*
 *	judge [mmap|mmap-lazy|ondemand|ondemand-lazy [exact]]
 *
 * Standard input has binaries, each after its length of 4 bytes, the lowest first. For
 * each the program writes a line: the error of the parser, a space and the first line of the
 * message. With the name of an allocator it makes an instance instead, and writes its lines
 * (tests/lib/state_text.h), or "refused" with an error, and then a line with a dot. "lazy" is
 * with tables that are filled when they are read. "exact" gives imported memories and tables
 * their minimum, and no more.
 */
#include <err.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libshim.h>

#include "module_host.h"
#include "state_text.h"

static bool length_read(uint32_t *length)
{
	unsigned char bytes[4];

	if (fread(bytes, 1, sizeof(bytes), stdin) != sizeof(bytes))
		return false;
	*length = bytes[0] | bytes[1] << 8 | bytes[2] << 16 | (uint32_t)bytes[3] << 24;
	return true;
}

static void judge(const void *bytes, size_t length)
{
	struct shim_module *module = NULL;
	int error = shim_module_parse(bytes, length, &module);
	const char *message = error ? shim_error() : "";

	printf("%d %.*s\n", error, (int)strcspn(message, "\n"), message);
	shim_module_destroy(module);
}

static struct shim_allocator *allocator;
static bool is_lazy;
static void (*host_init)(struct module_host *host, struct shim_module *module) = module_host_init;

static void allocator_start(const char *name)
{
	struct shim_allocator_config config;

	shim_allocator_config_init(&config, strncmp(name, "mmap", 4) ? SHIM_ALLOCATOR_ON_DEMAND :
								       SHIM_ALLOCATOR_POOLING_MMAP);
	is_lazy = strstr(name, "-lazy");
	config.flags = is_lazy ? SHIM_ALLOCATOR_LAZY_TABLES : 0;
	config.instances = 1;
	config.max_memories = 4;
	config.max_tables = 3;
	if (shim_allocator_create(&config, &allocator))
		errx(2, "%s", shim_error());
}

static void state_of(struct shim_module *module)
{
	struct shim_instance *instance;
	struct module_host host;
	int error;

	host_init(&host, module);
	if (is_lazy)
		module_host_tag_tables(&host);
	error = shim_allocator_allocate(allocator, &host.request, &instance);
	if (error) {
		printf("refused %d %s\n", error, shim_error());
	} else {
		error = shim_allocator_initialize(allocator, instance, 1);
		if (error) {
			printf("trap %s\n", error == -ERANGE ? "table" : "memory");
			state_print_failed(stdout, instance);
		} else {
			puts("initialized");
			state_print(stdout, instance);
		}
		shim_allocator_deallocate(allocator, instance);
	}
	module_host_free(&host);
	if (shim_allocator_purge_module(allocator, module))
		errx(2, "%s", shim_error());
}

static void instantiate(const void *bytes, size_t length)
{
	struct shim_module *module;
	int error = shim_module_parse(bytes, length, &module);

	if (error) {
		printf("refused %d %s\n", error, shim_error());
	} else {
		state_of(module);
		shim_module_destroy(module);
	}
	puts(".");
}

int main(int argc, char **argv)
{
	uint32_t length;

	if (argc > 1)
		allocator_start(argv[1]);
	if (argc > 2)
		host_init = module_host_init_exact;
	while (length_read(&length)) {
		/* Exactly as long, so that a checker sees a read past the end. */
		unsigned char *bytes = malloc(length ? length : 1);

		if (!bytes || fread(bytes, 1, length, stdin) != length)
			errx(2, "a binary of %u bytes is not there", length);
		if (allocator)
			instantiate(bytes, length);
		else
			judge(bytes, length);
		free(bytes);
	}
	return fflush(stdout) || ferror(stdin) ? 2 : 0;
}
