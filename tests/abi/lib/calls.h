/* SPDX-License-Identifier: MIT */
/*
 * A table of all calls of the device, each with a struct that it accepts.
 */
#ifndef TESTS_CALLS_H
#define TESTS_CALLS_H

#include "abi.h"

/* A struct of any call, with room behind it for a tail. */
struct arg {
	union {
		struct {
			uint32_t size;
			uint32_t flags;
		};
		struct guardslot_create create;
		struct guardslot_image_create image_create;
		struct guardslot_image_snapshot image_snapshot;
		struct guardslot_image_destroy image_destroy;
		struct guardslot_reset reset;
		struct guardslot_resize resize;
		struct guardslot_prefault prefault;
		struct guardslot_purge purge;
		struct guardslot_query query;
		uint8_t bytes[1024]; /* longer than each */
	};
};

/*
 * @fill: completes a struct so that the call succeeds on a pool that has image
 *        1 and something in slot 1
 * @first_size: size of the struct as the first version had it
 * @reserved: offset of the reserved word; 0: there is none
 * @flags: flags that the call knows
 * @before_create: works on a pool without slots
 * @silent: the call answers with its return value alone
 */
struct call {
	const char *name;
	unsigned int number;
	uint32_t size;
	uint32_t first_size;
	void (*fill)(struct arg *arg);
	size_t reserved;
	uint32_t flags;
	bool before_create;
	bool silent;
};

extern const struct call calls[];
extern const size_t call_count;

#define for_each_call(call) for (const struct call *call = calls; call < calls + call_count; call++)

/* A pool that the call works on; that of CREATE has no slots yet. */
struct pool pool_for(const struct call *call);

#endif /* TESTS_CALLS_H */
