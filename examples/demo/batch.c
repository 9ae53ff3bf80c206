// SPDX-License-Identifier: MIT
/* Rounds of instances over the slots of one pool. */
#include "batch.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "fail.h"
#include "input.h"
#include "module.h"
#include "program.h"

/* Instances that are read in full at a time, which bounds the resident pages. */
#define AUDIT_SLOTS 8
/* Mismatches that are printed in detail. */
#define MISMATCHES_SHOWN 10

/* An instance and what it runs this round. */
struct tenant {
	struct instance instance; /* unused while instance.place.instance is NULL */
	const struct module *module;
	uint32_t seed;
	struct outcome outcome;
};

struct batch {
	struct batch_options options;
	const char *name;
	struct shim_allocator *allocator;
	struct tenant *tenant; /* as many as slots */
	uint32_t *order;       /* the tenants, shuffled: their order of deallocation */
	struct module *module;
	unsigned int module_count;
	struct lots lots;
	uint32_t next_seed;
	uint64_t mismatches;
};

const char *batch_backend_name(enum shim_backend backend)
{
	return backend == SHIM_BACKEND_DEVICE ? "guardslot" : "mmap";
}

static int allocator_create(enum shim_backend backend, uint32_t slots,
			    struct shim_allocator **allocator)
{
	struct shim_allocator_config config;

	place_config(&config, backend, slots);
	return fail_report(shim_allocator_create(&config, allocator), "allocator of %u instances",
			   slots);
}

int batch_create(enum shim_backend backend, const struct batch_options *options, struct batch **out)
{
	struct batch *batch = calloc(1, sizeof(*batch));
	int error = -ENOMEM;

	*out = NULL;
	if (!batch)
		return error;
	batch->options = *options;
	batch->name = batch_backend_name(backend);
	batch->tenant = calloc(options->slots, sizeof(batch->tenant[0]));
	batch->order = calloc(options->slots, sizeof(batch->order[0]));
	batch->module = calloc(program_count, sizeof(batch->module[0]));
	if (batch->tenant && batch->order && batch->module)
		error = allocator_create(backend, options->slots, &batch->allocator);
	if (error) {
		batch_destroy(batch);
		return error;
	}
	for (uint32_t i = 0; i < options->slots; i++)
		batch->order[i] = i;
	lots_init(&batch->lots, options->slots);
	*out = batch;
	return 0;
}

/* Deallocates the tenant's instance, if there is one. */
static void tenant_end(struct batch *batch, struct tenant *tenant)
{
	shim_allocator_deallocate(batch->allocator, tenant->instance.place.instance);
	tenant->instance.place.instance = NULL;
}

static void tenants_end(struct batch *batch)
{
	for (uint32_t i = 0; i < batch->options.slots; i++)
		tenant_end(batch, &batch->tenant[batch->order[i]]);
	shim_allocator_flush(batch->allocator);
}

void batch_destroy(struct batch *batch)
{
	if (!batch)
		return;
	if (batch->allocator)
		tenants_end(batch);
	for (unsigned int i = 0; i < batch->module_count; i++)
		module_destroy(&batch->module[i]);
	shim_allocator_destroy(batch->allocator);
	free(batch->tenant);
	free(batch->order);
	free(batch->module);
	free(batch);
}

static void order_shuffle(struct batch *batch)
{
	for (uint32_t i = batch->options.slots - 1; i > 0; i--) {
		uint32_t j = lots_draw(&batch->lots, i + 1);
		uint32_t slot = batch->order[i];

		batch->order[i] = batch->order[j];
		batch->order[j] = slot;
	}
}

static void tenant_choose(struct tenant *tenant, const struct module *module, uint32_t lot)
{
	tenant->module = module;
	tenant->seed = lot % module->references->program->seeds;
}

/* Makes an instance, unless the tenant has one. */
static int tenant_start(struct tenant *tenant)
{
	if (tenant->instance.place.instance)
		return 0;
	return module_instantiate(tenant->module, &tenant->instance.place);
}

static void tenant_run(struct tenant *tenant)
{
	const struct reference *reference = &tenant->module->references->seed[tenant->seed];

	instance_bind(&tenant->instance, &tenant->module->origin);
	tenant->outcome = instance_run(&tenant->instance, tenant->seed, reference->input,
				       reference->input_length);
}

static void mismatch(struct batch *batch, const struct tenant *tenant, const char *what,
		     const char *when)
{
	if (batch->mismatches++ < MISMATCHES_SHOWN)
		fprintf(stderr, "demo: MISMATCH: %s: %s: slot %u, seed %u: %s differs %s\n",
			batch->name, tenant->module->references->program->name,
			shim_instance_slot(tenant->instance.place.instance), tenant->seed, what,
			when);
}

static void tenant_check(struct batch *batch, const struct tenant *tenant, bool all_blocks,
			 struct figures *figures)
{
	const char *what = reference_compare(tenant->module->references, &tenant->instance,
					     tenant->seed, tenant->outcome, all_blocks);

	figures->instances++;
	if (what) {
		figures->mismatches++;
		mismatch(batch, tenant, what, "after the run");
	} else if (tenant->outcome.status) {
		figures->traps++;
	}
}

/* Makes and runs all instances. */
static int tenants_run(struct batch *batch)
{
	for (uint32_t i = 0; i < batch->options.slots; i++) {
		int error = tenant_start(&batch->tenant[i]);

		if (error)
			return error;
		tenant_run(&batch->tenant[i]);
	}
	return 0;
}

/* Chooses what each tenant runs: the module, or without one any of the batch's. */
static void tenants_choose(struct batch *batch, const struct module *module)
{
	for (uint32_t i = 0; i < batch->options.slots; i++) {
		const struct module *chosen = module;

		if (!chosen)
			chosen = &batch->module[lots_draw(&batch->lots, batch->module_count)];
		tenant_choose(&batch->tenant[i], chosen, batch->next_seed++);
	}
}

/*
 * One instance in each slot; its cycle is counted, its check is not. Seeds are used
 * in turn, so that none is left out; which slot gets which is random. Without a module
 * that of each instance is random, too.
 */
static int round_run(struct batch *batch, const struct module *module, struct tally *tally,
		     struct figures *figures)
{
	struct counter begin;
	int error;

	order_shuffle(batch);
	tenants_choose(batch, module);
	counter_start(&begin);
	error = tenants_run(batch);
	if (error)
		return error;
	counter_stop(&begin, &tally->sum);
	for (uint32_t i = 0; i < batch->options.slots; i++)
		tenant_check(batch, &batch->tenant[i], false, figures);
	counter_start(&begin);
	if (!module || !batch->options.no_reset)
		tenants_end(batch);
	counter_stop(&begin, &tally->sum);
	tally->instances += batch->options.slots;
	return 0;
}

static int resident_query(struct batch *batch, struct figures *figures)
{
	struct shim_slot_info info = { .size = sizeof(info) };
	uint64_t pages = 0;

	for (uint32_t i = 0; i < batch->options.slots; i++) {
		int error = shim_slot_query(shim_allocator_pool(batch->allocator), i, &info);

		if (error)
			return error;
		pages += info.resident_pages;
	}
	figures->resident_pages = (double)pages / batch->options.slots;
	return 0;
}

/* Makes new instances in some slots and compares them in full with the snapshot. */
static int audit_new(struct batch *batch, uint32_t first, uint32_t count, struct figures *figures)
{
	for (uint32_t i = first; i < first + count; i++) {
		struct tenant *tenant = &batch->tenant[i];
		int error = tenant_start(tenant);
		const char *what;

		if (error)
			return error;
		what = module_compare(tenant->module, &tenant->instance.place);
		if (what) {
			figures->mismatches++;
			mismatch(batch, tenant, what, "after the reset");
		}
	}
	return 0;
}

/*
 * Runs some instances a last time and compares all blocks of their memory; then new
 * ones, which get the same slots, as all others are in use. The figures leave this
 * out: the reading makes pages resident that no program touches.
 */
static int audit_some(struct batch *batch, uint32_t first, uint32_t count, struct figures *figures)
{
	for (uint32_t i = first; i < first + count; i++) {
		tenant_run(&batch->tenant[i]);
		tenant_check(batch, &batch->tenant[i], true, figures);
	}
	if (batch->options.no_reset)
		return 0;
	for (uint32_t i = first; i < first + count; i++)
		tenant_end(batch, &batch->tenant[i]);
	shim_allocator_flush(batch->allocator);
	return audit_new(batch, first, count, figures);
}

static int audit(struct batch *batch, const struct module *module, struct figures *figures)
{
	uint32_t slots = batch->options.slots;
	int error;

	tenants_choose(batch, module);
	for (uint32_t i = 0; i < slots; i++) {
		error = tenant_start(&batch->tenant[i]);
		if (error)
			return error;
	}
	for (uint32_t i = 0; i < slots; i += AUDIT_SLOTS) {
		error = audit_some(batch, i, slots - i < AUDIT_SLOTS ? slots - i : AUDIT_SLOTS,
				   figures);
		if (error)
			return error;
	}
	return 0;
}

static int rounds_run(struct batch *batch, const struct module *module, struct figures *figures)
{
	struct tally first = { 0 };
	int error;

	for (uint32_t i = 0; i < batch->options.rounds; i++) {
		bool watch = i > 0 && i % 2 == 0;

		error = counter_watch_calls(watch && batch->options.count_calls);
		if (error)
			return error;
		error = round_run(batch, module,
				  i == 0 ? &first :
				  watch	 ? &figures->watched :
					   &figures->clocked,
				  figures);
		if (error)
			return error;
	}
	error = resident_query(batch, figures);
	if (error || !module)
		return error;
	return audit(batch, module, figures);
}

/* Rounds of one module, or without one of all; all instances have ended afterwards. */
static int program_run(struct batch *batch, const struct module *module, const char *name,
		       struct figures *figures)
{
	int error = rounds_run(batch, module, figures);

	fail_report(error, "%s: %s", batch->name, name);
	tenants_end(batch);
	return error;
}

int batch_run(struct batch *batch, const struct references *references, struct figures *figures)
{
	struct module *module = &batch->module[batch->module_count];
	int error;

	error = module_create(module, batch->allocator, references);
	batch->module_count++;
	if (error)
		return error;
	error = module_start(module);
	if (error)
		return error;
	error = program_run(batch, module, references->program->name, figures);
	if (error)
		return error;
	/* The next program finds empty slots. */
	return module_purge(module);
}

int batch_run_mixed(struct batch *batch, struct figures *figures)
{
	for (unsigned int i = 0; i < batch->module_count; i++) {
		int error = module_start(&batch->module[i]);

		if (error)
			return error;
	}
	return program_run(batch, NULL, "mixed", figures);
}
