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

/* What is the same for all of them is looked up once: there are thousands in a table. */
uint32_t shim_func_refs_write(struct shim_instance *instance, const struct shim_element *elements,
			      uint32_t count, void **to, uintptr_t tag)
{
	const struct shim_module *module = instance->module;
	uint32_t imported = module->offsets.imported_function_count, i;
	const uint32_t *types = module->desc.defined_functions;
	struct shim_vm_func_ref *refs = shim_state_field(instance, module->offsets.func_refs);
	const void *const *functions = instance->functions;
	void *vmctx = shim_instance_state(instance);

	for (i = 0; i < count; i++) {
		uint32_t index = elements[i].index;
		struct shim_vm_func_ref *ref;

		if (elements[i].op != SHIM_CONST_REF_FUNC || index < imported)
			break;
		ref = &refs[shim_func_ref_place(module, index)];
		ref->body = functions ? functions[index - imported] : NULL;
		ref->vmctx = vmctx;
		ref->type = module->type_ids[types[index - imported]];
		to[i] = shim_tagged(ref, tag);
	}
	return i;
}
