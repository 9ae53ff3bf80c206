/* SPDX-License-Identifier: GPL-2.0-only */
/* The operations of a VMA of the slab; faults are among them. */
#ifndef _GS_FAULT_H
#define _GS_FAULT_H

#include <linux/mm_types.h>

extern const struct vm_operations_struct gs_fault_vm_ops;

#endif /* _GS_FAULT_H */
