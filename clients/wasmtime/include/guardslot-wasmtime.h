/* SPDX-License-Identifier: MIT */
/*
 * libguardslot-wasmtime: the pooling allocator of an unmodified Wasmtime on slots. The
 * library does all of its work behind the C library's symbols; this header is for programs
 * that want to know whether it does.
 */
#ifndef GUARDSLOT_WASMTIME_H
#define GUARDSLOT_WASMTIME_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum guardslot_wasmtime_backend {
	GUARDSLOT_WASMTIME_PLAIN = 0,  /* plain memory */
	GUARDSLOT_WASMTIME_DEVICE = 1, /* a slot of /dev/guardslot */
	GUARDSLOT_WASMTIME_MMAP = 2,   /* a slot of libshim's mmap backend */
};

/* A pool, and the slot in it that an address is in. The counters start at 0 with the pool. */
struct guardslot_wasmtime_info {
	uint32_t size;	  /* sizeof(struct guardslot_wasmtime_info), set by the caller */
	uint32_t backend; /* enum guardslot_wasmtime_backend, of the slot */
	uint32_t slot;
	uint32_t slots;	      /* of the pool */
	uint32_t plain_slots; /* that became plain memory */
	uint32_t images;      /* that the pool has */
	uint64_t stride;      /* bytes from a slot to the next one */
	uint64_t reset_calls;
	uint64_t resets;  /* slots that these reset */
	uint64_t rebinds; /* of a slot to another image */
	uint64_t resizes; /* of a slot's accessible part */
};

/*
 * Whether an address, such as that of a linear memory, is in a slot. A program that
 * may run without the library looks the symbol up with dlsym().
 *
 * Returns 0, or a negative errno. -ENOENT: it is in no pool that the library has seen, so it
 * is plain memory. -EINVAL: size is less than the struct.
 */
__attribute__((visibility("default"))) int
guardslot_wasmtime_query(const void *address, struct guardslot_wasmtime_info *info);

#ifdef __cplusplus
}
#endif

#endif /* GUARDSLOT_WASMTIME_H */
