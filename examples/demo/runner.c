// SPDX-License-Identifier: MIT
/*
 * The demo: it runs thousands of instances of real WebAssembly programs in slots
 * that are reset in between, and compares every instance with a fresh one. Exits
 * with 1 when any differs, 2 when something failed.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "batch.h"
#include "counter.h"
#include "program.h"
#include "reference.h"
#include "report.h"
#include "trap.h"

struct options {
	struct batch_options batch;
	enum shim_backend backend[REPORT_BACKENDS];
	unsigned int backend_count;
	const char *program; /* NULL: all */
	bool instructions;
	bool show;
};

static const char usage[] =
	"usage: demo [option]...\n"
	"  --backend=LIST     device, mmap, or device,mmap (default)\n"
	"  --slots=N          slots of the pool, all reset in one call (64)\n"
	"  --rounds=N         instances in each slot, at least 3 (32)\n"
	"  --program=NAME     this one only\n"
	"  --instructions     the clock counts instructions (QEMU, -icount shift=0)\n"
	"  --no-call-count    do not count system calls (needs tracefs and root)\n"
	"  --no-reset         leave the resets out: there must be mismatches\n"
	"  --list             list the programs\n"
	"  --show             print the programs' outputs, do nothing else\n";

static int backends_parse(struct options *options, char *list)
{
	options->backend_count = 0;
	for (char *name = strtok(list, ","); name; name = strtok(NULL, ",")) {
		enum shim_backend backend = SHIM_BACKEND_MMAP;

		if (strcmp(name, "device") == 0)
			backend = SHIM_BACKEND_DEVICE;
		else if (strcmp(name, "mmap") != 0)
			return -EINVAL;
		if (options->backend_count == REPORT_BACKENDS)
			return -EINVAL;
		options->backend[options->backend_count++] = backend;
	}
	return options->backend_count ? 0 : -EINVAL;
}

static int number_parse(const char *text, uint32_t min, uint32_t max, uint32_t *value)
{
	char *end;
	unsigned long number = strtoul(text, &end, 10);

	if (*end || end == text || number < min || number > max)
		return -EINVAL;
	*value = (uint32_t)number;
	return 0;
}

static void programs_list(void)
{
	for (unsigned int i = 0; i < program_count; i++)
		printf("%s\n", programs[i]->name);
	exit(EXIT_SUCCESS);
}

static void help(void)
{
	fputs(usage, stdout);
	exit(EXIT_SUCCESS);
}

static int options_parse(struct options *options, int argc, char **argv)
{
	static const struct option known[] = {
		{ "backend", required_argument, NULL, 'b' },
		{ "slots", required_argument, NULL, 's' },
		{ "rounds", required_argument, NULL, 'r' },
		{ "program", required_argument, NULL, 'p' },
		{ "instructions", no_argument, NULL, 'i' },
		{ "no-call-count", no_argument, NULL, 'c' },
		{ "no-reset", no_argument, NULL, 'n' },
		{ "list", no_argument, NULL, 'l' },
		{ "show", no_argument, NULL, 'o' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	int c, error = 0;

	while (!error && (c = getopt_long(argc, argv, "", known, NULL)) != -1) {
		if (c == 'b')
			error = backends_parse(options, optarg);
		else if (c == 's')
			error = number_parse(optarg, 1, 4096, &options->batch.slots);
		else if (c == 'r')
			error = number_parse(optarg, 3, 100000, &options->batch.rounds);
		else if (c == 'p')
			options->program = optarg;
		else if (c == 'c')
			options->batch.count_calls = false;
		else if (c == 'i')
			options->instructions = true;
		else if (c == 'n')
			options->batch.no_reset = true;
		else if (c == 'l')
			programs_list();
		else if (c == 'o')
			options->show = true;
		else if (c == 'h')
			help();
		else
			error = -EINVAL;
	}
	return optind < argc ? -EINVAL : error;
}

static int references_one(struct references *references, const struct program *program)
{
	int error;

	program->init_module();
	error = references_create(references, program);
	if (error)
		return error;
	printf("demo: reference %-10s %5u fresh instances\n", program->name, program->seeds);
	fflush(stdout);
	return 0;
}

static void references_free(struct references *all, unsigned int count)
{
	while (count > 0)
		references_destroy(&all[--count]);
	free(all);
}

/* Makes the references of the chosen programs, an array of *count. */
static int references_all(const struct options *options, struct references **out,
			  unsigned int *count)
{
	struct references *all = calloc(program_count, sizeof(*all));
	int error;

	*count = 0;
	if (!all)
		return -ENOMEM;
	for (unsigned int i = 0; i < program_count; i++) {
		if (options->program && strcmp(options->program, programs[i]->name) != 0)
			continue;
		error = references_one(&all[*count], programs[i]);
		if (error)
			goto free_references;
		++*count;
	}
	if (*count == 0) {
		fprintf(stderr, "demo: no program %s\n", options->program);
		error = -ENOENT;
		goto free_references;
	}
	*out = all;
	return 0;
free_references:
	references_free(all, *count);
	return error;
}

/* One row of the report on one backend. The row after the programs is the mixed one. */
static int row_run(struct batch *batch, struct report *report, unsigned int row,
		   unsigned int column, const struct references *references)
{
	struct figures *figures = &report->row[row].figures[column];
	int error;

	if (row + 1 < report->row_count)
		error = batch_run(batch, &references[row], figures);
	else
		error = batch_run_mixed(batch, figures);
	if (error)
		return error;
	report_progress(report->backend[column], report->row[row].name, figures);
	return 0;
}

/*
 * The backends alternate, a program at a time, so that other load of the machine
 * affects both.
 */
static int rows_run(struct batch *const *batch, struct report *report,
		    const struct references *references)
{
	for (unsigned int row = 0; row < report->row_count; row++) {
		for (unsigned int i = 0; i < report->backend_count; i++) {
			int error = row_run(batch[i], report, row, i, references);

			if (error)
				return error;
		}
	}
	return 0;
}

static int report_create(struct report *report, const struct options *options,
			 const struct references *references, unsigned int count)
{
	report->row = calloc(count + 1, sizeof(report->row[0]));
	if (!report->row)
		return -ENOMEM;
	report->row_count = count + 1;
	report->backend_count = options->backend_count;
	report->calls_counted = options->batch.count_calls;
	for (unsigned int i = 0; i < options->backend_count; i++)
		report->backend[i] = batch_backend_name(options->backend[i]);
	for (unsigned int i = 0; i < count; i++)
		report->row[i].name = references[i].program->name;
	report->row[count].name = "(mixed)";
	return 0;
}

static int backends_run(const struct options *options, const struct references *references,
			unsigned int count, uint64_t *mismatches)
{
	struct batch *batch[REPORT_BACKENDS] = { NULL };
	struct report report = { 0 };
	int error = report_create(&report, options, references, count);

	if (error)
		return error;
	for (unsigned int i = 0; i < options->backend_count; i++) {
		error = batch_create(options->backend[i], &options->batch, &batch[i]);
		if (error)
			goto destroy_batches;
	}
	error = rows_run(batch, &report, references);
	if (error)
		goto destroy_batches;
	*mismatches = report_print(&report, count);
destroy_batches:
	for (unsigned int i = 0; i < options->backend_count; i++)
		batch_destroy(batch[i]);
	free(report.row);
	return error;
}

static int demo_run(const struct options *options, uint64_t *mismatches)
{
	struct references *references = NULL;
	unsigned int count;
	int error = options->instructions ? counter_require_instructions() : 0;

	if (error)
		return error;
	error = references_all(options, &references, &count);
	if (error)
		return error;
	if (options->show)
		for (unsigned int i = 0; i < count; i++)
			references_show(&references[i]);
	else
		error = backends_run(options, references, count, mismatches);
	references_free(references, count);
	return error;
}

int main(int argc, char **argv)
{
	struct options options = {
		.batch = { .slots = 64, .rounds = 32, .count_calls = true },
		.backend = { SHIM_BACKEND_DEVICE, SHIM_BACKEND_MMAP },
		.backend_count = 2,
	};
	uint64_t mismatches = 0;
	int error;

	if (options_parse(&options, argc, argv)) {
		fputs(usage, stderr);
		return 2;
	}
	trap_init();
	error = demo_run(&options, &mismatches);
	if (error) {
		fprintf(stderr, "demo: failed: %s\n", strerror(-error));
		return 2;
	}
	return mismatches ? 1 : 0;
}
