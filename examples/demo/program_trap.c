// SPDX-License-Identifier: MIT
/*
 * The program that must trap: out-of-bounds accesses on both sides of every
 * limit, up to 8 GiB away, before and after memory.grow, and the other traps
 * that WebAssembly has. A few cases are in bounds and must not trap.
 */
#include "trap_module.h"

#include "input.h"
#include "place.h"
#include "program.h"

#define PAGE WASM_PAGE
#define GIB 0x40000000u
/* The _far accesses add this to their operand. */
#define FAR 0xffffffffu

#define OP(name) Z_trapZ_##name
#define OOB WASM_RT_TRAP_OOB

struct trap_case {
	uint32_t (*op)(Z_trap_instance_t *, uint32_t);
	uint32_t operand;
	uint32_t grow; /* pages to grow by before it; the memory starts with 1 */
	int expected;
};

static const struct trap_case cases[] = {
	/* In bounds, up to the last byte. */
	{ OP(load8), 0, 0, 0 },
	{ OP(load8), PAGE - 1, 0, 0 },
	{ OP(store64), PAGE - 8, 0, 0 },
	{ OP(store8), 2 * PAGE - 1, 1, 0 },
	{ OP(load64), 32 * PAGE - 8, 31, 0 },
	/* Just past the limit, whole and in part. */
	{ OP(load8), PAGE, 0, OOB },
	{ OP(load32), PAGE - 3, 0, OOB },
	{ OP(load32), PAGE - 1, 0, OOB },
	{ OP(load64), PAGE - 7, 0, OOB },
	{ OP(store8), PAGE, 0, OOB },
	{ OP(store32), PAGE - 2, 0, OOB },
	{ OP(store64), PAGE - 1, 0, OOB },
	/* Far past it. */
	{ OP(load8), 2 * PAGE, 0, OOB },
	{ OP(store8), 64 * PAGE, 0, OOB },
	{ OP(load32), GIB, 0, OOB },
	{ OP(store64), 2 * GIB, 0, OOB },
	{ OP(load8), FAR, 0, OOB },
	{ OP(store8), FAR, 0, OOB },
	{ OP(load64), FAR, 0, OOB }, /* ends past 4 GiB */
	{ OP(store64), FAR, 0, OOB },
	{ OP(load8_far), 0, 0, OOB },
	/* 4 to 8 GiB, and the very last address there is. */
	{ OP(store8_far), 1, 0, OOB },
	{ OP(load64_far), GIB, 0, OOB },
	{ OP(store64_far), 3 * GIB, 0, OOB },
	{ OP(load8_far), FAR, 0, OOB },
	{ OP(store8_far), FAR, 0, OOB },
	{ OP(load64_far), FAR, 0, OOB },
	{ OP(store64_far), FAR, 0, OOB },
	/* After memory.grow: the old limit is no limit, the new one is. */
	{ OP(store8), PAGE, 1, 0 },
	{ OP(store8), 2 * PAGE, 1, OOB },
	{ OP(load64), 2 * PAGE - 4, 1, OOB },
	{ OP(load32), 32 * PAGE, 31, OOB },
	{ OP(store64_far), FAR, 31, OOB },
	/* memory.grow past the maximum fails and moves no limit. */
	{ OP(load8), PAGE, 64, OOB },
	/* Bounds that the program checks itself. */
	{ OP(fill), PAGE - 63, 0, OOB },
	{ OP(fill), PAGE - 64, 0, 0 },
	{ OP(call_unary), 1, 0, 0 },
	{ OP(call_unary), 0, 0, WASM_RT_TRAP_CALL_INDIRECT },
	{ OP(call_unary), 2, 0, WASM_RT_TRAP_CALL_INDIRECT },
	{ OP(call_unary), 6, 0, WASM_RT_TRAP_CALL_INDIRECT },
	/* The rest. */
	{ OP(divide), 0, 0, WASM_RT_TRAP_DIV_BY_ZERO },
	{ OP(divide), UINT32_MAX, 0, WASM_RT_TRAP_INT_OVERFLOW },
	{ OP(stop), 0, 0, WASM_RT_TRAP_UNREACHABLE },
	{ OP(recurse), 0, 0, WASM_RT_TRAP_EXHAUSTION },
};

static void trap_start(void *state, struct wasi *host)
{
	(void)host;
	Z_trap_instantiate(state);
	Z_trapZ_setup(state);
}

/* Leaves marks in the memory, in its grown part too, and then makes the access of the case. */
static uint32_t trap_run(void *state, struct wasi *host)
{
	const struct trap_case *c = &cases[host->seed];

	wasi_print(host, "mark %u\n", OP(mark)(state, host->seed + 1));
	if (c->grow) {
		uint32_t old = OP(grow)(state, c->grow);

		wasi_print(host, "grow by %u: %d\n", c->grow, (int)old);
		if (old != UINT32_MAX)
			OP(store32)(state, (old + c->grow) * PAGE - 1024);
	}
	return c->op(state, c->operand);
}

static int trap_expected(uint32_t seed)
{
	return cases[seed].expected;
}

PROGRAM_WASM_DECLARE(trap);

const struct program program_trap = {
	.name = "trap",
	PROGRAM_WASM(trap),
	.state_size = sizeof(Z_trap_instance_t),
	.host_offset = PROGRAM_NO_HOST,
	.seeds = sizeof(cases) / sizeof(cases[0]),
	.init_module = Z_trap_init_module,
	.start = trap_start,
	.run = trap_run,
	.input = input_none,
	.expected = trap_expected,
};
