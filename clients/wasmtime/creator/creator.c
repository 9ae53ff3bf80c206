// SPDX-License-Identifier: MIT
/*
 * Pools of the creator, and their modules.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "creator/creator.h"
#include "seam/pool.h"

#define GIB (UINT64_C(1) << 30)
#define MIB (UINT64_C(1) << 20)
#define DEFAULT_BATCH 64

void creator_module_free(struct shim_wasmtime_module *module)
{
	shim_stripped_destroy(module->stripped);
	free(module->minimums);
	free(module);
}

/* ---- pools ------------------------------------------------------------------------------- */

void creator_get(struct shim_wasmtime *wasmtime)
{
	atomic_fetch_add_explicit(&wasmtime->users, 1, memory_order_relaxed);
}

void creator_put(struct shim_wasmtime *wasmtime)
{
	if (atomic_fetch_sub_explicit(&wasmtime->users, 1, memory_order_acq_rel) != 1)
		return;
	/* Of the modules that are left, the last memories wait for a reset. */
	while (wasmtime->modules) {
		struct shim_wasmtime_module *module = wasmtime->modules;

		wasmtime->modules = module->next;
		creator_module_free(module);
	}
	seam_inside++;
	shim_pool_destroy(wasmtime->pool);
	seam_inside--;
	pthread_cond_destroy(&wasmtime->settled);
	pthread_mutex_destroy(&wasmtime->lock);
	free(wasmtime->slots);
	free(wasmtime);
}

static void engine_gone(void *env)
{
	creator_put(env);
}

/* Of a header that may be newer: what is not known here must be 0. */
static int config_copy(const struct shim_wasmtime_config *from, struct shim_wasmtime_config *config)
{
	const unsigned char *rest = (const unsigned char *)(from + 1);

	if (from->size < sizeof(*from))
		return creator_error(-EINVAL, "size %" PRIu32 " is less than %zu", from->size,
				     sizeof(*from));
	for (uint32_t i = 0; i < from->size - sizeof(*from); i++)
		if (rest[i])
			return creator_error(-E2BIG, "size %" PRIu32 " is that of a newer version",
					     from->size);
	*config = *from;
	return 0;
}

static int config_read(const struct shim_wasmtime_config *from, struct shim_wasmtime_config *config)
{
	int error = config_copy(from, config);

	if (error)
		return error;
	if (!config->error_new)
		return creator_error(-EFAULT, "error_new is NULL");
	if (!config->reset_batch)
		config->reset_batch = DEFAULT_BATCH;
	if (config->reset_batch > SHIM_MAX_RESET_BATCH)
		return creator_error(-EINVAL, "reset_batch %" PRIu32 " exceeds %d",
				     config->reset_batch, SHIM_MAX_RESET_BATCH);
	if (!config->reservation)
		config->reservation = 4 * GIB;
	if (!config->guard)
		config->guard = 32 * MIB;
	return 0;
}

static int pool_create(struct shim_wasmtime *wasmtime)
{
	const struct shim_wasmtime_config *config = &wasmtime->config;
	struct shim_pool_config pool;
	int error;

	shim_pool_config_init(&pool);
	pool.backend = config->backend;
	pool.slots = config->slots;
	pool.area_count = 1;
	pool.pre_guard = config->guard;
	pool.keep_resident = config->keep_resident;
	pool.areas[0].reserve = config->reservation;
	pool.areas[0].guard = config->guard;
	pool.areas[0].max = config->reservation;
	seam_inside++;
	error = shim_pool_create(&pool, &wasmtime->pool);
	seam_inside--;
	return creator_shim_error(error);
}

static int slots_init(struct shim_wasmtime *wasmtime)
{
	uint32_t count = wasmtime->config.slots;

	wasmtime->slots = calloc(count, sizeof(*wasmtime->slots));
	if (!wasmtime->slots)
		return creator_error(-ENOMEM, "no memory for %" PRIu32 " slots", count);
	wasmtime->unbound = SLOT_NONE;
	/* The first slot is on top. */
	for (uint32_t i = count; i-- > 0;) {
		wasmtime->slots[i].wasmtime = wasmtime;
		wasmtime->slots[i].base = shim_slot_address(wasmtime->pool, i, 0);
		wasmtime->slots[i].next = wasmtime->unbound;
		wasmtime->unbound = i;
	}
	return 0;
}

static int create(const struct shim_wasmtime_config *config, struct shim_wasmtime **out)
{
	struct shim_wasmtime *wasmtime;
	int error;

	wasmtime = calloc(1, sizeof(*wasmtime) + config->reset_batch * sizeof(uint32_t));
	if (!wasmtime)
		return creator_error(-ENOMEM, "no memory for a pool");
	wasmtime->config = *config;
	wasmtime->page_size = (uint64_t)sysconf(_SC_PAGESIZE);
	error = pool_create(wasmtime);
	if (error)
		goto free_wasmtime;
	error = slots_init(wasmtime);
	if (error)
		goto destroy_pool;
	pthread_mutex_init(&wasmtime->lock, NULL);
	pthread_cond_init(&wasmtime->settled, NULL);
	*out = wasmtime;
	return 0;
destroy_pool:
	seam_inside++;
	shim_pool_destroy(wasmtime->pool);
	seam_inside--;
free_wasmtime:
	free(wasmtime);
	return error;
}

int shim_wasmtime_creator(const struct shim_wasmtime_config *from, struct shim_wasmtime **out,
			  struct wasmtime_memory_creator *creator)
{
	struct shim_wasmtime_config config;
	int error;

	if (!from || !out || !creator)
		return creator_error(-EFAULT, "%s is NULL",
				     !from ? "config" :
				     !out  ? "out" :
					     "creator");
	error = config_read(from, &config);
	if (error)
		return error;
	error = create(&config, out);
	if (error)
		return error;
	atomic_store(&(*out)->users, 2); /* the caller and the engine */
	*creator = (struct wasmtime_memory_creator){ *out, creator_memory_new, engine_gone };
	return 0;
}

void shim_wasmtime_destroy(struct shim_wasmtime *wasmtime)
{
	if (wasmtime)
		creator_put(wasmtime);
}

enum guardslot_wasmtime_backend shim_wasmtime_backend(const struct shim_wasmtime *wasmtime)
{
	if (!wasmtime)
		return GUARDSLOT_WASMTIME_PLAIN;
	return shim_pool_backend(wasmtime->pool) == SHIM_BACKEND_DEVICE ?
		       GUARDSLOT_WASMTIME_DEVICE :
		       GUARDSLOT_WASMTIME_MMAP;
}

/* ---- modules --------------------------------------------------------------------------------- */

static int image_make(struct shim_wasmtime_module *module)
{
	const struct shim_stripped *stripped = module->stripped;
	struct shim_wasmtime *wasmtime = module->wasmtime;
	struct shim_image_area area = {
		.source = stripped->image.bytes,
		.offset = stripped->image.offset,
		.length = stripped->image.length,
		.limit = stripped->minimum,
	};
	int error;

	if (stripped->minimum > wasmtime->config.reservation)
		return creator_error(-ENOSPC,
				     "a memory of %" PRIu64 " bytes exceeds reservation %" PRIu64,
				     stripped->minimum, wasmtime->config.reservation);
	seam_inside++;
	error = shim_image_create(wasmtime->pool, 0, &area, 1, &module->image);
	seam_inside--;
	return creator_shim_error(error);
}

/* Which memories Wasmtime will ask for when it makes an instance. */
static int minimums_read(struct shim_wasmtime_module *module)
{
	const struct shim_module_desc *desc;
	struct shim_module *parsed;
	int error = shim_module_parse(module->stripped->bytes, module->stripped->length, &parsed);

	if (error)
		return creator_shim_error(error);
	desc = shim_module_desc(parsed);
	module->minimums = calloc(desc->defined_memory_count + 1, sizeof(*module->minimums));
	if (!module->minimums)
		error = creator_error(-ENOMEM, "no memory for a module");
	for (uint32_t i = 0; !error && i < desc->defined_memory_count; i++) {
		uint64_t minimum = desc->defined_memories[i].minimum;

		/* Of 2^64 bytes, none is made. */
		if (minimum)
			module->minimums[module->memory_count++] = minimum * SHIM_WASM_PAGE;
	}
	shim_module_destroy(parsed);
	return error;
}

int shim_wasmtime_module(struct shim_wasmtime *wasmtime, const void *bytes, size_t length,
			 struct shim_wasmtime_module **out)
{
	struct shim_wasmtime_module *module;
	int error;

	if (!wasmtime || !out)
		return creator_error(-EFAULT, "%s is NULL", wasmtime ? "out" : "wasmtime");
	module = calloc(1, sizeof(*module));
	if (!module)
		return creator_error(-ENOMEM, "no memory for a module");
	module->wasmtime = wasmtime;
	module->clean = SLOT_NONE;
	module->users = 1;
	error = creator_shim_error(shim_module_strip(bytes, length, &module->stripped));
	if (error)
		goto free_module;
	error = minimums_read(module);
	if (error)
		goto free_module;
	error = image_make(module);
	if (error)
		goto free_module;
	creator_get(wasmtime);
	pthread_mutex_lock(&wasmtime->lock);
	module->next = wasmtime->modules;
	wasmtime->modules = module;
	pthread_mutex_unlock(&wasmtime->lock);
	*out = module;
	return 0;
free_module:
	creator_module_free(module);
	return error;
}

const void *shim_wasmtime_module_bytes(const struct shim_wasmtime_module *module, size_t *length)
{
	if (length)
		*length = module ? module->stripped->length : 0;
	return module ? module->stripped->bytes : NULL;
}

void shim_wasmtime_module_destroy(struct shim_wasmtime_module *module)
{
	struct shim_wasmtime *wasmtime;

	if (!module)
		return;
	wasmtime = module->wasmtime;
	creator_module_give_back(module);
	creator_put(wasmtime);
}
