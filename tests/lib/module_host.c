// SPDX-License-Identifier: MIT
/* What a module imports, made of its own list of imports. */
#include "module_host.h"

#include <errno.h>
#include <sys/mman.h>

#include "module/value_type.h"
#include "test.h"

#define MORE_ELEMENTS 64
#define MORE_PAGES 1

static void *zeroed(size_t count, size_t size)
{
	void *memory = calloc(count + 1, size);

	test_ok(memory);
	return memory;
}

void *module_host_body(uint32_t function)
{
	return (void *)((uintptr_t)0x100000 + function);
}

static uint64_t lesser(uint64_t one, uint64_t other)
{
	return one < other ? one : other;
}

static uint64_t size_of(const struct module_host *host, uint64_t minimum, uint64_t maximum,
			uint64_t more)
{
	return host->is_exact ? minimum : lesser(minimum + more, maximum);
}

static void import_table(struct module_host *host, const struct shim_table_plan *plan)
{
	struct shim_vm_table *table = zeroed(1, sizeof(*table));
	uint64_t length = size_of(host, plan->minimum, plan->maximum, MORE_ELEMENTS);

	table->current_elements = (uint32_t)lesser(length, UINT32_MAX);
	table->base = zeroed(table->current_elements, sizeof(void *));
	host->tables[host->request.imports.table_count++] =
		(struct shim_vm_table_import){ .from = table, .vmctx = host };
}

/* Some ask for a gigabyte, of which little is touched. */
static void import_memory(struct module_host *host, const struct shim_memory_plan *plan)
{
	struct shim_vm_memory *memory = zeroed(1, sizeof(*memory));

	memory->current_length =
		size_of(host, plan->minimum, plan->maximum, MORE_PAGES) * SHIM_WASM_PAGE;
	memory->base = mmap(NULL, memory->current_length + 1, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	test_ok(memory->base != MAP_FAILED);
	host->memories[host->request.imports.memory_count++] =
		(struct shim_vm_memory_import){ .from = memory, .vmctx = host };
}

static bool is_reference(uint32_t type)
{
	return type & (SHIM_TYPE_INDEX | SHIM_TYPE_NON_NULL) ||
	       (type <= SHIM_TYPE_NULLEXNREF && type >= SHIM_TYPE_EXNREF);
}

static void import_global(struct module_host *host, const struct shim_global_type *type,
			  uint32_t index)
{
	struct shim_vm_global *global = aligned_alloc(16, sizeof(*global));
	uint64_t value = index + 1;

	test_ok(global);
	if (is_reference(type->type))
		value = type->type & SHIM_TYPE_NON_NULL ? value * 2 + 1 : 0;
	*global = (struct shim_vm_global){ .bits = { value } };
	host->globals[host->request.imports.global_count++].from = global;
}

static void import_make(struct module_host *host, const struct shim_import *import, uint32_t index)
{
	struct shim_imports *imports = &host->request.imports;

	switch (import->kind) {
	case SHIM_EXTERN_FUNCTION:
		host->functions[imports->function_count].body =
			module_host_body(imports->function_count);
		imports->function_count++;
		break;
	case SHIM_EXTERN_TABLE:
		import_table(host, &import->table);
		break;
	case SHIM_EXTERN_MEMORY:
		import_memory(host, &import->memory);
		break;
	case SHIM_EXTERN_GLOBAL:
		import_global(host, &import->global, index);
		break;
	default:
		host->tags[imports->tag_count++].from = zeroed(1, sizeof(struct shim_vm_tag));
	}
}

static int heap_allocate(void *context, const struct shim_heap_request *request,
			 uint64_t *reference)
{
	struct module_host *host = context;

	switch (request->op) {
	case SHIM_CONST_REF_I31:
		*reference = (request->values[0].bits[0] & 0x7fffffff) * 2 + 1;
		break;
	case SHIM_CONST_ANY_CONVERT_EXTERN:
	case SHIM_CONST_EXTERN_CONVERT_ANY:
		*reference = request->values[0].bits[0];
		break;
	default:
		*reference = ++host->objects * 16;
	}
	return 0;
}

static void host_init(struct module_host *host, struct shim_module *module, bool is_exact)
{
	const struct shim_module_desc *desc = shim_module_desc(module);
	struct shim_imports *imports = &host->request.imports;

	memset(host, 0, sizeof(*host));
	host->is_exact = is_exact;
	shim_instance_request_init(&host->request, module);
	host->heap = (struct shim_heap){ .allocate = heap_allocate, .context = host };
	host->request.heap = &host->heap;
	imports->functions = host->functions = zeroed(desc->import_count, sizeof(*host->functions));
	imports->tables = host->tables = zeroed(desc->import_count, sizeof(*host->tables));
	imports->memories = host->memories = zeroed(desc->import_count, sizeof(*host->memories));
	imports->globals = host->globals = zeroed(desc->import_count, sizeof(*host->globals));
	imports->tags = host->tags = zeroed(desc->import_count, sizeof(*host->tags));
	host->bodies = zeroed(desc->defined_function_count, sizeof(*host->bodies));
	for (uint32_t i = 0; i < desc->import_count; i++)
		import_make(host, &desc->imports[i], i);
	for (uint32_t i = 0; i < desc->defined_function_count; i++)
		host->bodies[i] = module_host_body(imports->function_count + i);
	host->request.functions = host->bodies;
}

void module_host_init(struct module_host *host, struct shim_module *module)
{
	host_init(host, module, false);
}

void module_host_init_exact(struct module_host *host, struct shim_module *module)
{
	host_init(host, module, true);
}

void module_host_tag_tables(struct module_host *host)
{
	const struct shim_module *module = host->request.module;

	for (uint32_t i = 0; i < host->request.imports.table_count; i++)
		if (shim_is_function_reference(module, shim_module_table(module, i)->type))
			host->tables[i].from->flags = SHIM_VM_TABLE_TAGGED;
}

void module_host_free(struct module_host *host)
{
	const struct shim_imports *imports = &host->request.imports;

	for (uint32_t i = 0; i < imports->table_count; i++) {
		free(host->tables[i].from->base);
		free(host->tables[i].from);
	}
	for (uint32_t i = 0; i < imports->memory_count; i++) {
		munmap(host->memories[i].from->base, host->memories[i].from->current_length + 1);
		free(host->memories[i].from);
	}
	for (uint32_t i = 0; i < imports->global_count; i++)
		free(host->globals[i].from);
	for (uint32_t i = 0; i < imports->tag_count; i++)
		free(host->tags[i].from);
	free(host->functions);
	free(host->tables);
	free(host->memories);
	free(host->globals);
	free(host->tags);
	free(host->bodies);
}
