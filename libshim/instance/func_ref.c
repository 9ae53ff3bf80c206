// SPDX-License-Identifier: MIT
/*
 * References to the functions of an instance, imported and defined ones.
 */
#include "instance/instance.h"

/*
 * A reference is written each time it is looked up: most references of a module are
 * never used, and writing one again changes nothing.
 */
struct shim_vm_func_ref *shim_instance_func_ref(struct shim_instance *instance, uint32_t function)
{
	const struct shim_module *module;
	uint32_t imported, at, type;
	struct shim_vm_func_ref *ref;

	if (!shim_instance_is_usable(instance))
		return NULL;
	module = instance->module;
	imported = module->offsets.imported_function_count;
	at = shim_module_func_ref_index(module, function);
	if (at == SHIM_INDEX_NONE)
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

		type = module->desc.defined_functions[function - imported];
		ref->body = functions ? functions[function - imported] : NULL;
		ref->vmctx = shim_instance_state(instance);
	}
	ref->type = module->type_ids[type];
	return ref;
}
