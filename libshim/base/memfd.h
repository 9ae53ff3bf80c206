/* SPDX-License-Identifier: MIT */
/*
 * Content in a memfd, which private maps share page by page until they write.
 */
#ifndef SHIM_MEMFD_H
#define SHIM_MEMFD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/descriptor.h"

/*
 * Written by one thread, then sealed, and immutable from then on. No descriptor stays open.
 * A struct of zeroes whose file.fd is -1 is none.
 */
struct shim_memfd {
	uint64_t size;
	struct shim_descriptor file;  /* until it is sealed; fd -1: none */
	const unsigned char *content; /* all of it, to be read; NULL: there is no file */
	unsigned char *source;	      /* a map without access, of which others are copies */
};

/*
 * Makes a file of zeroes, whose size is a page multiple. False without a message where the
 * process can have no such file: no descriptor is left, a filter of system calls refuses
 * memfd_create(), or RLIMIT_FSIZE is less than its size.
 */
bool shim_memfd_create(struct shim_memfd *memfd, uint64_t size, uint64_t page_size);
void shim_memfd_destroy(struct shim_memfd *memfd);

/*
 * Writes before it is sealed. -EFAULT: the source cannot be read; -EBADF: the program closed the
 * file; -ENOSPC, -ENOMEM: there is no memory; all without a message.
 */
int shim_memfd_write(const struct shim_memfd *memfd, uint64_t at, const void *source,
		     uint64_t length);

/*
 * Whether the kernel copies the source, which Linux does from 5.13 on. Without that the
 * content can be read, and shim_memfd_map() fails.
 */
bool shim_memfd_can_be_mapped(const struct shim_memfd *memfd, uint64_t page_size);

/*
 * The seals guard against what writes by mistake. Where they are refused nothing that can
 * write knows the file either.
 */
void shim_memfd_seal(struct shim_memfd *memfd);

/*
 * A private map of length bytes of the file, without access, at an address, in place of what is
 * mapped there; all are page multiples. -errno without a message.
 */
int shim_memfd_map(const struct shim_memfd *memfd, uint64_t offset, uint64_t length, void *at);

#endif /* SHIM_MEMFD_H */
