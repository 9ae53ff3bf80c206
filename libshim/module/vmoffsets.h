/* SPDX-License-Identifier: MIT */
#ifndef SHIM_VMOFFSETS_H
#define SHIM_VMOFFSETS_H

#include <libshim/modules.h>

/*
 * Works out where all fields are; the counts are set. -EOVERFLOW when the state
 * is longer than 32 bits can say; *offsets is then not to be used.
 */
int shim_vmoffsets_init(struct shim_vmoffsets *offsets);

/* One kind of field and the bytes it takes, its padding included. */
struct shim_vm_region {
	const char *name;
	uint32_t size;
};
#define SHIM_VM_REGIONS 17

/* All regions of the instance state, from its end to its start. */
void shim_vmoffsets_regions(const struct shim_vmoffsets *offsets,
			    struct shim_vm_region regions[SHIM_VM_REGIONS]);

#endif /* SHIM_VMOFFSETS_H */
