// SPDX-License-Identifier: MIT
/*
 * Requests for an instance, compared with the module that they name.
 */
#include <errno.h>
#include <inttypes.h>

#include "base/error.h"
#include "instance/request.h"
#include "module/module.h"

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

static int imports_check(const struct shim_imports *imports, const struct shim_vmoffsets *offsets)
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

int shim_request_check(const struct shim_instance_request *request)
{
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
	return imports_check(&request->imports, &request->module->offsets);
}
