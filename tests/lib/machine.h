/* SPDX-License-Identifier: MIT */
/*
 * A virtual machine of KVM with memory of the test's, whose processor does one thing after
 * the other: it fills bytes, or copies them out.
 *
 * In a test guest KVM is a module, for the emulated processor's own virtualization. Its
 * files are where tests/suite puts them.
 */
#ifndef TESTS_MACHINE_H
#define TESTS_MACHINE_H

#include "test.h"

struct kvm_run;

struct machine {
	int kvm, vm, processor;
	struct kvm_run *run;
	unsigned char *code;
	unsigned char *box; /* a page, for what is copied out */
};

/* Whether the guest can have one: it has the files, and its processor AMD's virtualization. */
bool machine_exists(void);

/* With page tables of the processor's for what is the machine's, or with KVM's shadows. */
void machine_load(bool nested_paging);

/* Flags are those of KVM_SET_USER_MEMORY_REGION. */
struct machine machine_create(volatile unsigned char *memory, size_t length, uint32_t flags);
void machine_destroy(struct machine *machine);

/* From offset at of the memory. 0, or -errno of KVM_RUN. */
int machine_fill(struct machine *machine, size_t at, size_t length, unsigned char value);
/* Up to a page, into the box. */
int machine_copy(struct machine *machine, size_t at, size_t length);

#endif /* TESTS_MACHINE_H */
