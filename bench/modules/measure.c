// SPDX-License-Identifier: MIT
/*
 * What libshim takes for one module; bench/modules/table runs it.
 *
 *	measure parse|borrow|open MODULE.wasm	bytes: the file, images, the peak of memory
 *	measure instantiate MODULE.wasm		under steps: one on-demand instance, the second
 *	measure lazy MODULE.wasm		the same, with tables that are filled when they are read
 *	measure read MODULE.wasm		shim_module_open(), for callgrind
 *
 * The peak is what VmHWM rises by, and the file of the images, which is in no VmHWM as long as
 * nobody reads it. What is mapped and touched of it is counted twice. The binary that is
 * parsed is counted, as it has to be in memory.
 */
#include <err.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <libshim.h>

#include "module_host.h"

static uint64_t status_value(const char *name)
{
	FILE *file = fopen("/proc/self/status", "re");
	uint64_t value = 0;
	char line[256];

	if (!file)
		err(1, "/proc/self/status");
	while (fgets(line, sizeof(line), file))
		if (!strncmp(line, name, strlen(name)))
			value = strtoull(line + strlen(name), NULL, 10) << 10;
	fclose(file);
	return value;
}

/* The files of images, each of which has a map that can be read and one that cannot. */
static uint64_t image_files(void)
{
	FILE *file = fopen("/proc/self/maps", "re");
	uint64_t sum = 0, start, end;
	char line[512];

	if (!file)
		err(1, "/proc/self/maps");
	while (fgets(line, sizeof(line), file))
		if (strstr(line, " r--p ") && strstr(line, "/memfd:shim-image") &&
		    sscanf(line, "%" SCNx64 "-%" SCNx64, &start, &end) == 2)
			sum += end - start;
	fclose(file);
	return sum;
}

static void peak_reset(void)
{
	FILE *file = fopen("/proc/self/clear_refs", "we");

	if (!file || fputs("5", file) < 0 || fclose(file))
		err(1, "/proc/self/clear_refs");
}

static unsigned char *file_load(const char *path, const struct stat *stat)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	unsigned char *bytes = malloc((size_t)stat->st_size);
	ssize_t got = 0;

	if (fd < 0 || !bytes)
		err(1, "%s", path);
	for (off_t at = 0; at < stat->st_size; at += got) {
		got = read(fd, bytes + at, (size_t)(stat->st_size - at));
		if (got <= 0)
			err(1, "%s", path);
	}
	close(fd);
	return bytes;
}

static struct shim_module *file_open(const char *path)
{
	struct shim_module *module;

	if (shim_module_open(path, &module))
		errx(1, "%s", shim_error());
	return module;
}

/* What is borrowed is there as long as the program. */
static struct shim_module *file_parse(const char *path, const struct stat *stat, bool is_borrowed)
{
	static unsigned char *bytes;
	struct shim_module *module;
	int error;

	bytes = file_load(path, stat);
	error = (is_borrowed ? shim_module_parse_borrowed :
			       shim_module_parse)(bytes, (size_t)stat->st_size, &module);
	if (error)
		errx(1, "%s: %s", path, shim_error());
	if (!is_borrowed)
		free(bytes);
	return module;
}

static void memory_measure(const char *path, const char *what)
{
	struct shim_module *module;
	uint64_t before, images = 0;
	struct stat stat_;

	if (stat(path, &stat_))
		err(1, "%s", path);
	peak_reset();
	before = status_value("VmRSS:");
	module = strcmp(what, "open") ? file_parse(path, &stat_, !strcmp(what, "borrow")) :
					file_open(path);
	for (uint32_t i = 0; i < shim_module_desc(module)->defined_memory_count; i++) {
		const struct shim_static_image *image = shim_module_defined_image(module, i);

		images += image ? image->length : 0;
	}
	printf("%" PRIu64 " %" PRIu64 " %" PRIu64 "\n", (uint64_t)stat_.st_size, images,
	       status_value("VmHWM:") - before + image_files());
	shim_module_destroy(module);
}

static void instantiate(const char *path, uint32_t flags)
{
	struct shim_module *module = file_open(path);
	struct shim_allocator_config config;
	struct shim_allocator *allocator;

	shim_allocator_config_init(&config, SHIM_ALLOCATOR_ON_DEMAND);
	config.flags = flags;
	if (shim_allocator_create(&config, &allocator))
		errx(1, "%s", shim_error());
	for (int i = 0; i < 2; i++) {
		struct shim_instance *instance;
		struct module_host host;
		int error;

		module_host_init(&host, module);
		if (flags & SHIM_ALLOCATOR_LAZY_TABLES)
			module_host_tag_tables(&host);
		if (i)
			raise(SIGUSR2);
		error = shim_allocator_allocate(allocator, &host.request, &instance);
		if (!error)
			error = shim_allocator_initialize(allocator, instance, 1);
		if (i)
			raise(SIGUSR2);
		if (error)
			errx(1, "%s: %s", path, shim_error());
		shim_allocator_deallocate(allocator, instance);
		module_host_free(&host);
	}
	shim_module_destroy(module);
	if (shim_allocator_destroy(allocator))
		errx(1, "%s", shim_error());
}

int main(int argc, char **argv)
{
	const char *what = argc == 3 ? argv[1] : "";

	if (!strcmp(what, "parse") || !strcmp(what, "borrow") || !strcmp(what, "open"))
		memory_measure(argv[2], what);
	else if (!strcmp(what, "instantiate"))
		instantiate(argv[2], 0);
	else if (!strcmp(what, "lazy"))
		instantiate(argv[2], SHIM_ALLOCATOR_LAZY_TABLES);
	else if (!strcmp(what, "read"))
		shim_module_destroy(file_open(argv[2]));
	else
		errx(2, "usage: measure parse|borrow|open|instantiate|lazy|read MODULE.wasm");
	return 0;
}
