// SPDX-License-Identifier: MIT
/* Runs an example and finds lines and numbers in its output. */
#include "example.h"

#include <sys/wait.h>

char example_output[EXAMPLE_OUTPUT_MAX];

const char *backend_name(void)
{
	if (test_argc < 2)
		test_fail("usage: %s device|mmap", test_argv[0]);
	return test_argv[1];
}

bool backend_is_device(void)
{
	return strcmp(backend_name(), "device") == 0;
}

const char *example_path(const char *name)
{
	static char path[512];
	const char *slash = strrchr(test_argv[0], '/');
	int length = slash ? (int)(slash - test_argv[0]) : 1;

	snprintf(path, sizeof(path), "%.*s/../../examples/%s", length, slash ? test_argv[0] : ".",
		 name);
	return path;
}

static void output_read(int from)
{
	size_t used = 0;
	ssize_t length;

	do {
		length = read(from, example_output + used, sizeof(example_output) - 1 - used);
		test_sys(length);
		used += (size_t)length;
	} while (length);
	example_output[used] = '\0';
}

void example_run(int code, const char *program, const char *first, const char *second)
{
	char *arguments[] = { (char *)example_path(program), (char *)first, (char *)second, NULL };
	int ends[2], status;
	pid_t child;

	test_sys(pipe(ends));
	child = fork();
	test_sys(child);
	if (!child) {
		dup2(ends[1], STDOUT_FILENO);
		dup2(ends[1], STDERR_FILENO);
		close(ends[0]);
		close(ends[1]);
		execv(arguments[0], arguments);
		_exit(127);
	}
	close(ends[1]);
	output_read(ends[0]);
	close(ends[0]);
	test_sys(waitpid(child, &status, 0));
	if (!WIFEXITED(status) || WEXITSTATUS(status) != code)
		test_fail("%s: status 0x%x: %s", arguments[0], status, example_output);
}

const char *line_starting(const char *start)
{
	const char *line = example_output;

	while (strncmp(line, start, strlen(start)) != 0) {
		line = strchr(line, '\n');
		if (!line)
			test_fail("no line \"%s...\" in:\n%s", start, example_output);
		line++;
	}
	return line;
}

unsigned long long number_after(const char *words)
{
	unsigned long long number;

	if (sscanf(line_starting(words) + strlen(words), " %llu", &number) != 1)
		test_fail("no number after \"%s\" in:\n%s", words, example_output);
	return number;
}
