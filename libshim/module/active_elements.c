// SPDX-License-Identifier: MIT
/*
 * What active element segments write, worked out once: which references to functions their
 * elements need, and how far from the start of the state the reference of each element is.
 *
 * That is for segments all of whose elements are functions, as nearly all are. The others
 * are written element by element.
 */
#include <errno.h>
#include <stdlib.h>

#include "base/error.h"
#include "module/module.h"

/*
 * So many references which no element needs are written with those on both sides of them: a
 * run has its own cost, and a reference that nobody has asked for yet is right all the same.
 */
#define GAP_MAX 4

/* By place, a bit: an element needs the reference. */
#define WORD_BITS 64

static inline void need(uint64_t *needed, uint32_t place)
{
	needed[place / WORD_BITS] |= UINT64_C(1) << place % WORD_BITS;
}

static inline bool is_needed(const uint64_t *needed, uint32_t place)
{
	return needed[place / WORD_BITS] >> place % WORD_BITS & 1;
}

static bool is_plain(const struct shim_element_segment *segment)
{
	if (segment->mode != SHIM_SEGMENT_ACTIVE)
		return false;
	for (uint32_t i = 0; i < segment->count; i++)
		if (segment->elements[i].op != SHIM_CONST_REF_FUNC)
			return false;
	return true;
}

/* Sets the offsets of a segment, and needed of the places of its references. */
static int segment_init(struct shim_module *module, uint32_t index, uint64_t *needed)
{
	const struct shim_element_segment *segment = &module->desc.elements[index];
	uint64_t *offsets = shim_arena_alloc(&module->arena, segment->count, sizeof(*offsets));

	if (!offsets)
		return -ENOMEM;
	for (uint32_t i = 0; i < segment->count; i++) {
		uint32_t place = shim_func_ref_place(module, segment->elements[i].index);

		need(needed, place);
		offsets[i] = module->offsets.func_refs +
			     (uint64_t)place * sizeof(struct shim_vm_func_ref);
	}
	module->element_offsets[index] = offsets;
	return 0;
}

/* Sets what the places are filled from, which are in the order of the functions. */
static void sources_init(struct shim_module *module)
{
	const uint32_t *types = module->desc.defined_functions, *type_ids = module->type_ids;
	uint32_t imported = module->offsets.imported_function_count;
	struct shim_ref_source *next = module->ref_sources;

	for (uint32_t i = 0; i < imported; i++)
		if (shim_has_func_ref(module, i))
			*next++ = (struct shim_ref_source){ .function = i };
	module->imported_ref_count = (uint32_t)(next - module->ref_sources);
	for (uint32_t i = 0; i < module->desc.defined_function_count; i++)
		if (shim_has_func_ref(module, imported + i))
			*next++ = (struct shim_ref_source){ .type = { type_ids[types[i]] },
							    .function = i };
}

static void runs_init(struct shim_module *module, const uint64_t *needed)
{
	struct shim_ref_run *runs = module->ref_runs;
	uint32_t count = 0, end = 0;

	for (uint32_t place = module->imported_ref_count; place < module->offsets.func_ref_count;
	     place++) {
		if (!is_needed(needed, place))
			continue;
		if (!count || place - end > GAP_MAX)
			runs[count++].first = place;
		end = place + 1;
		runs[count - 1].end = end;
	}
	module->ref_run_count = count;
}

static int places_init(struct shim_module *module, const uint64_t *needed)
{
	uint32_t refs = module->offsets.func_ref_count;

	module->ref_sources = shim_arena_alloc(&module->arena, refs, sizeof(*module->ref_sources));
	/* A run has a place and, before the next one, more than a gap. */
	module->ref_runs = shim_arena_alloc(&module->arena, refs / (GAP_MAX + 2) + 1,
					    sizeof(*module->ref_runs));
	if (!module->ref_sources || !module->ref_runs)
		return -ENOMEM;
	sources_init(module);
	runs_init(module, needed);
	/* Those that no element needs at the end are left out. */
	while (module->imported_ref_count && !is_needed(needed, module->imported_ref_count - 1))
		module->imported_ref_count--;
	return 0;
}

static int elements_init(struct shim_module *module, uint64_t *needed)
{
	const struct shim_module_desc *desc = &module->desc;
	bool has_plain = false;

	for (uint32_t i = 0; i < desc->element_count; i++) {
		int error;

		if (!is_plain(&desc->elements[i]))
			continue;
		error = segment_init(module, i, needed);
		if (error)
			return error;
		has_plain = true;
	}
	return has_plain ? places_init(module, needed) : 0;
}

int shim_active_elements_init(struct shim_module *module)
{
	uint64_t *needed;
	int error;

	module->element_offsets = shim_arena_alloc(&module->arena, module->desc.element_count,
						   sizeof(*module->element_offsets));
	if (!module->element_offsets)
		return -ENOMEM;
	needed = calloc(module->offsets.func_ref_count / WORD_BITS + 1, sizeof(*needed));
	if (!needed)
		return shim_error_set(-ENOMEM, "no memory for references to functions");
	error = elements_init(module, needed);
	free(needed);
	return error;
}
