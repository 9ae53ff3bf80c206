/* SPDX-License-Identifier: MIT */
/*
 * Descriptors that the library keeps open, in a process that may close any number and
 * open something else under it.
 */
#ifndef SHIM_DESCRIPTOR_H
#define SHIM_DESCRIPTOR_H

#include <stdbool.h>
#include <sys/types.h>

/* What a descriptor was opened for: the file is the same as long as these are. */
struct shim_descriptor {
	int fd; /* -1: none */
	dev_t device;
	ino_t inode;
};

/*
 * Takes over a descriptor that was just opened, and moves it away from 0, 1 and 2, which
 * programs use without asking what is open there. -errno, without a message, and the
 * descriptor is closed.
 */
int shim_descriptor_init(struct shim_descriptor *descriptor, int fd);

/* Whether it is still the file that it was at first. */
bool shim_descriptor_is_intact(const struct shim_descriptor *descriptor);

/* Closes it, unless the number belongs to another file by now. */
void shim_descriptor_uninit(struct shim_descriptor *descriptor);

#endif /* SHIM_DESCRIPTOR_H */
