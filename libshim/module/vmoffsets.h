/* SPDX-License-Identifier: MIT */
/* The layout of the instance state. */
#ifndef SHIM_VMOFFSETS_H
#define SHIM_VMOFFSETS_H

#include <libshim/modules.h>

/*
 * Works out the places of all fields from the counts. -EOVERFLOW: the state is longer
 * than 32 bits can say, and *offsets is not to be used.
 */
int shim_vmoffsets_init(struct shim_vmoffsets *offsets);

/* A kind of field, and the bytes that it takes with its padding. */
struct shim_vm_region {
	const char *name;
	uint32_t size;
};
#define SHIM_VM_REGIONS 19

/* Lists all regions of the instance state, from its end to its start. */
void shim_vmoffsets_regions(const struct shim_vmoffsets *offsets,
			    struct shim_vm_region regions[SHIM_VM_REGIONS]);

#endif /* SHIM_VMOFFSETS_H */
