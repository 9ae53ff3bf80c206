// SPDX-License-Identifier: MIT
/*
 * The elements of active segments, of which most is worked out with the module: there are tens
 * of thousands, so that these loops are most of what a new instance takes.
 */
#include <string.h>

#include "instance/instance.h"

/* Two words that are written at once, wherever they are. */
typedef uint64_t word_pair __attribute__((vector_size(16), aligned(8), may_alias));

_Static_assert(offsetof(struct shim_vm_func_ref, body) == 0 &&
		       offsetof(struct shim_vm_func_ref, type) == 8,
	       "a pair of words");

static inline void ref_write(struct shim_vm_func_ref *ref, const struct shim_ref_source *source,
			     const void *const *functions, void *vmctx)
{
	uint64_t body = functions ? (uintptr_t)functions[source->function] : 0, type;

	memcpy(&type, source->type, sizeof(type));
	*(word_pair *)ref = (word_pair){ body, type };
	ref->vmctx = vmctx;
}

/* Eight at a time: one takes five instructions, and going round the loop four. */
static inline __attribute__((always_inline)) void
refs_write(struct shim_vm_func_ref *ref, const struct shim_ref_source *source, uint32_t count,
	   const void *const *functions, void *vmctx)
{
	for (; count >= 8; count -= 8, ref += 8, source += 8) {
		ref_write(&ref[0], &source[0], functions, vmctx);
		ref_write(&ref[1], &source[1], functions, vmctx);
		ref_write(&ref[2], &source[2], functions, vmctx);
		ref_write(&ref[3], &source[3], functions, vmctx);
		ref_write(&ref[4], &source[4], functions, vmctx);
		ref_write(&ref[5], &source[5], functions, vmctx);
		ref_write(&ref[6], &source[6], functions, vmctx);
		ref_write(&ref[7], &source[7], functions, vmctx);
	}
	for (; count; count--)
		ref_write(ref++, source++, functions, vmctx);
}

static void run_write(struct shim_instance *instance, const struct shim_ref_run *run)
{
	const struct shim_module *module = instance->module;
	const struct shim_ref_source *source = &module->ref_sources[run->first];
	struct shim_vm_func_ref *refs = shim_state_field(instance, module->offsets.func_refs);
	uint32_t count = run->end - run->first;
	void *vmctx = instance->head + 1;

	/* Two loops, neither of which asks for each reference whether there are functions. */
	if (instance->functions)
		refs_write(&refs[run->first], source, count, instance->functions, vmctx);
	else
		refs_write(&refs[run->first], source, count, NULL, vmctx);
}

void shim_active_refs_write(struct shim_instance *instance)
{
	const struct shim_module *module = instance->module;

	for (uint32_t i = 0; i < module->imported_ref_count; i++)
		shim_instance_func_ref(instance, module->ref_sources[i].function);
	for (uint32_t i = 0; i < module->ref_run_count; i++)
		run_write(instance, &module->ref_runs[i]);
}

static inline void four_write(uint64_t *to, uint64_t state, const uint64_t *offsets)
{
	*(word_pair *)&to[0] = *(const word_pair *)&offsets[0] + state;
	*(word_pair *)&to[2] = *(const word_pair *)&offsets[2] + state;
}

/* Each element is so far from the state as its offset says. */
static void elements_write(uint64_t *to, uint64_t state, const uint64_t *offsets, uint32_t count)
{
	for (; count >= 16; count -= 16, to += 16, offsets += 16) {
		four_write(&to[0], state, &offsets[0]);
		four_write(&to[4], state, &offsets[4]);
		four_write(&to[8], state, &offsets[8]);
		four_write(&to[12], state, &offsets[12]);
	}
	for (; count; count--)
		*to++ = state + *offsets++;
}

void shim_active_elements_write(struct shim_instance *instance, struct shim_vm_table *table,
				uint32_t to, uint32_t elements)
{
	const struct shim_module *module = instance->module;
	const uint64_t *offsets = module->element_offsets[elements];
	uint32_t count = module->desc.elements[elements].count;

	/* A table of the host's that is empty may be nowhere. */
	if (!count)
		return;
	if (offsets)
		elements_write((uint64_t *)table->base + to,
			       (uintptr_t)(instance->head + 1) | shim_table_tag(table), offsets,
			       count);
	else
		shim_elements_write(instance, table, to, elements, 0, count);
}
