// SPDX-License-Identifier: MIT
/*
 * Instances: the request, the state that is written for it, and what there is to
 * be seen of an instance.
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "module/const_expr.h"
#include "base/error.h"
#include "base/pages.h"
#include "instance/instance.h"
#include "instance/snapshot.h"
#include "module/type_ids.h"

_Static_assert(sizeof(struct shim_state_head) == 16, "the state is aligned to 16");

/* ---- the request -------------------------------------------------------------- */

static int count_check(const char *kind, uint32_t count, uint32_t needed, const void *array)
{
	if (count != needed)
		return shim_error_set(-EINVAL,
				      "imports: %" PRIu32 " %s given, the module imports %" PRIu32,
				      count, kind, needed);
	if (count && !array)
		return shim_error_set(-EINVAL, "imports: %s is NULL, the module imports %" PRIu32,
				      kind, count);
	return 0;
}

int shim_request_check(const struct shim_instance_request *request)
{
	const struct shim_vmoffsets *offsets = &request->module->offsets;
	const struct shim_imports *imports = &request->imports;
	int error;

	error = count_check("functions", imports->function_count, offsets->imported_function_count,
			    imports->functions);
	if (!error)
		error = count_check("tables", imports->table_count, offsets->imported_table_count,
				    imports->tables);
	if (!error)
		error = count_check("memories", imports->memory_count,
				    offsets->imported_memory_count, imports->memories);
	if (!error)
		error = count_check("globals", imports->global_count,
				    offsets->imported_global_count, imports->globals);
	return error;
}

static int memories_ask(const struct shim_module *module, const struct shim_limiter *limiter,
			const struct shim_snapshot *snapshot)
{
	for (uint32_t i = 0; i < module->desc.memory_count; i++) {
		const struct shim_memory_plan *plan = &module->desc.memories[i];
		uint64_t length = snapshot ? snapshot->memory_length[i] : shim_memory_minimum(plan);
		int answer = limiter->memory_growing(limiter->context, 0, length,
						     shim_memory_maximum(plan));

		if (answer <= 0)
			return shim_error_set(answer ? answer : -EDQUOT,
					      "memory minimum size of %" PRIu64
					      " pages exceeds memory limits",
					      length / SHIM_WASM_PAGE);
	}
	return 0;
}

static int tables_ask(const struct shim_module *module, const struct shim_limiter *limiter,
		      const struct shim_snapshot *snapshot)
{
	for (uint32_t i = 0; i < module->desc.table_count; i++) {
		const struct shim_table_plan *plan = &module->desc.tables[i];
		uint64_t elements = snapshot ? snapshot->table_elements[i] : plan->minimum;
		int answer = limiter->table_growing(limiter->context, 0, elements, plan->maximum);

		if (answer <= 0)
			return shim_error_set(answer ? answer : -EDQUOT,
					      "table minimum size of %" PRIu64
					      " elements exceeds table limits",
					      elements);
	}
	return 0;
}

int shim_request_ask(const struct shim_instance_request *request,
		     const struct shim_snapshot *snapshot)
{
	const struct shim_limiter *limiter = request->limiter;
	int error = 0;

	if (!limiter)
		return 0;
	if (limiter->memory_growing)
		error = memories_ask(request->module, limiter, snapshot);
	if (!error && limiter->table_growing)
		error = tables_ask(request->module, limiter, snapshot);
	return error;
}

/* ---- the state ---------------------------------------------------------------- */

/* Where the bits of dropped segments start, from the head. */
static uint64_t bits_offset(const struct shim_module *module)
{
	uint64_t end = sizeof(struct shim_state_head) + module->offsets.state_size;

	return (end + 7) & ~UINT64_C(7);
}

uint64_t shim_instance_size(const struct shim_module *module)
{
	uint64_t bits = (uint64_t)module->desc.element_count + module->desc.data_count;

	return bits_offset(module) + (bits + 63) / 64 * 8;
}

static uint64_t *segment_bits(const struct shim_instance *instance)
{
	return (uint64_t *)((unsigned char *)instance->head + bits_offset(instance->module));
}

bool shim_segment_dropped(const struct shim_instance *instance, uint32_t bit)
{
	return segment_bits(instance)[bit / 64] >> bit % 64 & 1;
}

void shim_segment_drop(struct shim_instance *instance, uint32_t bit)
{
	segment_bits(instance)[bit / 64] |= UINT64_C(1) << bit % 64;
}

static void imports_write(struct shim_instance *instance, const struct shim_imports *imports)
{
	const struct shim_vmoffsets *offsets = &instance->module->offsets;

	if (imports->function_count)
		memcpy(shim_state_field(instance, offsets->imported_functions), imports->functions,
		       imports->function_count * sizeof(*imports->functions));
	if (imports->table_count)
		memcpy(shim_state_field(instance, offsets->imported_tables), imports->tables,
		       imports->table_count * sizeof(*imports->tables));
	if (imports->memory_count)
		memcpy(shim_state_field(instance, offsets->imported_memories), imports->memories,
		       imports->memory_count * sizeof(*imports->memories));
	if (imports->global_count)
		memcpy(shim_state_field(instance, offsets->imported_globals), imports->globals,
		       imports->global_count * sizeof(*imports->globals));
}

static void pointer_write(struct shim_instance *instance, uint32_t offset, const void *value)
{
	*(const void **)shim_state_field(instance, offset) = value;
}

static void runtime_write(struct shim_instance *instance, const struct shim_runtime *runtime)
{
	const struct shim_vmoffsets *offsets = &instance->module->offsets;
	void **store = shim_state_field(instance, offsets->store);

	pointer_write(instance, offsets->runtime_limits, runtime->limits);
	pointer_write(instance, offsets->epoch, runtime->epoch);
	pointer_write(instance, offsets->externref_activations, runtime->externref_activations);
	store[0] = runtime->store[0];
	store[1] = runtime->store[1];
	pointer_write(instance, offsets->builtin_functions, runtime->builtin_functions);
}

/* What an imported global has, or a defined one before it in the same module. */
static void global_get(void *context, uint32_t index, uint64_t bits[2])
{
	const struct shim_vm_global *global = shim_instance_global(context, index);

	bits[0] = global->bits[0];
	bits[1] = global->bits[1];
}

static void *function_get(void *context, uint32_t index)
{
	return shim_instance_func_ref(context, index);
}

void shim_instance_eval(struct shim_instance *instance, const struct shim_const_expr *expr,
			uint64_t bits[2])
{
	const struct shim_const_instr *first = expr->instrs;
	struct shim_const_env env = {
		.global = global_get,
		.function = function_get,
		.context = instance,
	};

	if (expr->count != 1 || first->op == SHIM_CONST_GLOBAL_GET ||
	    first->op == SHIM_CONST_REF_FUNC) {
		shim_const_eval(expr, &env, bits);
		return;
	}
	/* Most of them are just this: a value. */
	bits[0] = first->bits[0];
	bits[1] = first->bits[1];
}

static void globals_write(struct shim_instance *instance)
{
	const struct shim_module_desc *desc = &instance->module->desc;
	struct shim_vm_global *globals =
		shim_state_field(instance, instance->module->offsets.defined_globals);

	for (uint32_t i = 0; i < desc->global_count; i++)
		shim_instance_eval(instance, &desc->globals[i].init, globals[i].bits);
}

void shim_instance_attach(struct shim_instance *instance,
			  const struct shim_instance_request *request)
{
	static const struct shim_runtime none;
	const struct shim_module *module = request->module;

	instance->module = request->module;
	instance->functions = request->functions;
	instance->limiter = request->limiter;
	instance->host_state = request->host_state;
	instance->host_state_drop = request->host_state_drop;
	instance->phase = SHIM_INSTANCE_ALLOCATED;

	instance->head->instance = instance;
	*(uint32_t *)shim_state_field(instance, module->offsets.magic) = SHIM_VM_MAGIC;
	pointer_write(instance, module->offsets.type_ids, module->type_ids);
	pointer_write(instance, module->offsets.callee, NULL);
	runtime_write(instance, request->runtime ? request->runtime : &none);
	imports_write(instance, &request->imports);
}

void shim_instance_write(struct shim_instance *instance,
			 const struct shim_instance_request *request)
{
	shim_instance_attach(instance, request);
	globals_write(instance);
}

void shim_instance_set_memory(struct shim_instance *instance, uint32_t defined, void *base)
{
	const struct shim_vmoffsets *offsets = &instance->module->offsets;
	struct shim_vm_memory *owned = shim_state_field(instance, offsets->owned_memories);
	struct shim_vm_memory **memories = shim_state_field(instance, offsets->defined_memories);

	/* Every defined memory is owned: no allocator takes a shared one. */
	owned[defined].base = base;
	owned[defined].current_length =
		shim_memory_minimum(&instance->module->desc.memories[defined]);
	memories[defined] = &owned[defined];
}

void shim_instance_set_table(struct shim_instance *instance, uint32_t defined, void *base)
{
	struct shim_vm_table *table = shim_defined_table(instance, defined);

	table->base = base;
	table->current_elements = (uint32_t)instance->module->desc.tables[defined].minimum;
}

void shim_instance_drop_host_state(struct shim_instance *instance)
{
	if (instance->host_state_drop)
		instance->host_state_drop(instance->host_state);
	instance->host_state = NULL;
	instance->host_state_drop = NULL;
}

/* ---- what there is to be seen -------------------------------------------------- */

void *shim_instance_state(const struct shim_instance *instance)
{
	return instance->head + 1;
}

struct shim_instance *shim_instance_from_state(const void *state)
{
	return ((const struct shim_state_head *)state - 1)->instance;
}

struct shim_module *shim_instance_module(const struct shim_instance *instance)
{
	return instance->module;
}

void *shim_instance_host_state(const struct shim_instance *instance)
{
	return instance->host_state;
}

struct shim_vm_memory *shim_instance_memory(const struct shim_instance *instance, uint32_t memory)
{
	const struct shim_vmoffsets *offsets = &instance->module->offsets;
	const struct shim_vm_memory_import *imports =
		shim_state_field(instance, offsets->imported_memories);

	if (memory < offsets->imported_memory_count)
		return imports[memory].from;
	memory -= offsets->imported_memory_count;
	if (memory >= offsets->defined_memory_count)
		return NULL;
	return shim_defined_memory(instance, memory);
}

struct shim_vm_table *shim_instance_table(const struct shim_instance *instance, uint32_t table)
{
	const struct shim_vmoffsets *offsets = &instance->module->offsets;
	const struct shim_vm_table_import *imports =
		shim_state_field(instance, offsets->imported_tables);

	if (table < offsets->imported_table_count)
		return imports[table].from;
	table -= offsets->imported_table_count;
	if (table >= offsets->defined_table_count)
		return NULL;
	return shim_defined_table(instance, table);
}

struct shim_vm_global *shim_instance_global(const struct shim_instance *instance, uint32_t global)
{
	const struct shim_vmoffsets *offsets = &instance->module->offsets;
	const struct shim_vm_global_import *imports =
		shim_state_field(instance, offsets->imported_globals);
	struct shim_vm_global *globals = shim_state_field(instance, offsets->defined_globals);

	if (global < offsets->imported_global_count)
		return imports[global].from;
	global -= offsets->imported_global_count;
	return global < offsets->defined_global_count ? &globals[global] : NULL;
}

static int index_error(const char *kind, uint32_t index)
{
	return shim_error_set(-EINVAL, "%s %" PRIu32 " is not in the module", kind, index);
}

int shim_instance_export_memory(const struct shim_instance *instance, uint32_t memory,
				struct shim_vm_memory_import *import)
{
	const struct shim_vmoffsets *offsets = &instance->module->offsets;
	const struct shim_vm_memory_import *imports =
		shim_state_field(instance, offsets->imported_memories);
	struct shim_vm_memory *from = shim_instance_memory(instance, memory);

	if (!from)
		return index_error("memory", memory);
	if (memory < offsets->imported_memory_count)
		*import = imports[memory];
	else
		*import = (struct shim_vm_memory_import){
			.from = from,
			.vmctx = shim_instance_state(instance),
			.index = memory - offsets->imported_memory_count,
		};
	return 0;
}

int shim_instance_export_table(const struct shim_instance *instance, uint32_t table,
			       struct shim_vm_table_import *import)
{
	const struct shim_vmoffsets *offsets = &instance->module->offsets;
	const struct shim_vm_table_import *imports =
		shim_state_field(instance, offsets->imported_tables);
	struct shim_vm_table *from = shim_instance_table(instance, table);

	if (!from)
		return index_error("table", table);
	if (table < offsets->imported_table_count)
		*import = imports[table];
	else
		*import = (struct shim_vm_table_import){
			.from = from,
			.vmctx = shim_instance_state(instance),
		};
	return 0;
}

int shim_instance_export_global(const struct shim_instance *instance, uint32_t global,
				struct shim_vm_global_import *import)
{
	import->from = shim_instance_global(instance, global);
	return import->from ? 0 : index_error("global", global);
}

void *shim_instance_stack(const struct shim_instance *instance, uint64_t *length)
{
	const struct shim_allocator *allocator = instance->allocator;

	if (length)
		*length = instance->stack ? shim_page_round_up(allocator->config.stack_size,
							       allocator->page_size) :
					    0;
	return instance->stack;
}

/*
 * Written when it is asked for: the most of them never are, and writing it again
 * changes nothing.
 */
struct shim_vm_func_ref *shim_instance_func_ref(struct shim_instance *instance, uint32_t function)
{
	const struct shim_module *module = instance->module;
	uint32_t imported = module->offsets.imported_function_count;
	uint32_t at = shim_module_func_ref(module, function), type;
	struct shim_vm_func_ref *ref;

	if (at == SHIM_NO_INDEX)
		return NULL;
	ref = (struct shim_vm_func_ref *)shim_state_field(instance, module->offsets.func_refs) + at;
	if (function < imported) {
		const struct shim_vm_function_import *imports =
			shim_state_field(instance, module->offsets.imported_functions);

		type = module->desc.imports[module->imported[SHIM_EXTERN_FUNCTION][function]].type;
		ref->body = imports[function].body;
		ref->vmctx = imports[function].vmctx;
	} else {
		const void *const *functions = instance->functions;

		type = module->desc.functions[function - imported];
		ref->body = functions ? functions[function - imported] : NULL;
		ref->vmctx = shim_instance_state(instance);
	}
	ref->type = module->type_ids[type];
	return ref;
}
