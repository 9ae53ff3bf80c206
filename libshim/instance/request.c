// SPDX-License-Identifier: MIT
/*
 * Requests for an instance, compared with the module that they name.
 */
#include <errno.h>
#include <inttypes.h>

#include "base/error.h"
#include "instance/request.h"
#include "module/value_type.h"

static int count_check(const char *kind, uint32_t count, uint32_t needed, const void *array)
{
	if (count != needed)
		return shim_error_set(-EINVAL,
				      "imports: %" PRIu32 " %s given, the module imports %" PRIu32,
				      count, kind, needed);
	if (count && !array)
		return shim_error_set(-EFAULT, "imports: %s is NULL, the module imports %" PRIu32,
				      kind, count);
	return 0;
}

static int missing_error(const char *kind, uint32_t index, const char *member)
{
	return shim_error_set(-EFAULT, "imports: %s[%" PRIu32 "].%s is NULL", kind, index, member);
}

static int counts_check(const struct shim_imports *imports, const struct shim_vmoffsets *offsets)
{
	int error = count_check("functions", imports->function_count,
				offsets->imported_function_count, imports->functions);

	if (error)
		return error;
	error = count_check("tables", imports->table_count, offsets->imported_table_count,
			    imports->tables);
	if (error)
		return error;
	error = count_check("memories", imports->memory_count, offsets->imported_memory_count,
			    imports->memories);
	if (error)
		return error;
	error = count_check("globals", imports->global_count, offsets->imported_global_count,
			    imports->globals);
	if (error)
		return error;
	return count_check("tags", imports->tag_count, offsets->imported_tag_count, imports->tags);
}

/* The body and the vmctx of a function are the runtime's, and the library follows neither. */
static int imports_check(const struct shim_imports *imports, const struct shim_vmoffsets *offsets)
{
	int error = counts_check(imports, offsets);

	if (error)
		return error;
	for (uint32_t i = 0; i < imports->table_count; i++)
		if (!imports->tables[i].from || !imports->tables[i].vmctx)
			return missing_error("tables", i,
					     imports->tables[i].from ? "vmctx" : "from");
	for (uint32_t i = 0; i < imports->memory_count; i++)
		if (!imports->memories[i].from || !imports->memories[i].vmctx)
			return missing_error("memories", i,
					     imports->memories[i].from ? "vmctx" : "from");
	for (uint32_t i = 0; i < imports->global_count; i++)
		if (!imports->globals[i].from)
			return missing_error("globals", i, "from");
	for (uint32_t i = 0; i < imports->tag_count; i++)
		if (!imports->tags[i].from)
			return missing_error("tags", i, "from");
	return 0;
}

static int tag_error(uint32_t index, uint32_t flags, const char *what, const char *why)
{
	return shim_error_set(-EINVAL,
			      "imports: tables[%" PRIu32 "] has %s elements (flags 0x%" PRIx32
			      "), and %s",
			      index, what, flags, why);
}

/* Compiled code has one way to read all tables of functions, whoever made them. */
static int tags_check(const struct shim_module *module, const struct shim_imports *imports,
		      bool is_lazy)
{
	for (uint32_t i = 0; i < imports->table_count; i++) {
		uint32_t flags = imports->tables[i].from->flags,
			 type = shim_module_table(module, i)->type;
		bool is_tagged = flags & SHIM_VM_TABLE_TAGGED;

		if (is_tagged && !is_lazy)
			return tag_error(i, flags, "tagged",
					 "the allocator has not SHIM_ALLOCATOR_LAZY_TABLES");
		if (is_lazy && is_tagged != shim_is_function_reference(module, type))
			return tag_error(i, flags, is_tagged ? "tagged" : "untagged",
					 is_tagged ?
						 "they are not functions" :
						 "the allocator has SHIM_ALLOCATOR_LAZY_TABLES");
	}
	return 0;
}

int shim_request_check(const struct shim_instance_request *request, uint32_t flags)
{
	int error;

	if (request->size != sizeof(*request))
		return shim_error_set(-EINVAL, "request: size %" PRIu32 " is not %zu",
				      request->size, sizeof(*request));
	if (request->flags)
		return shim_error_set(-EOPNOTSUPP, "request: flags 0x%" PRIx32 " are unknown",
				      request->flags);
	if (!request->module)
		return shim_error_set(-EFAULT, "request: module is NULL");
	if (request->module->needs_heap && (!request->heap || !request->heap->allocate))
		return shim_error_set(-EOPNOTSUPP,
				      "request: heap is NULL, and a constant expression of the "
				      "module needs one");
	error = imports_check(&request->imports, &request->module->offsets);
	if (error)
		return error;
	if (!request->imports.table_count)
		return 0;
	return tags_check(request->module, &request->imports, flags & SHIM_ALLOCATOR_LAZY_TABLES);
}
