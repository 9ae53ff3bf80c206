// SPDX-License-Identifier: MIT
/*
 * The table of programs, and the functions that call those written for WASI: they
 * read standard input, write standard output, and export setup() and run().
 */
#include "program.h"

#include "calc_module.h"
#include "json_module.h"
#include "spell_module.h"
#include "tiles_module.h"

#include "input.h"

/*
 * wasm2c declares the type of the modules' host pointers but leaves its definition
 * to the program; here it is struct wasi.
 */
/* clang-format off */
#define WASI_PROGRAM(id, seed_count, input_text)                                  \
	PROGRAM_WASM_DECLARE(id);                                                 \
										  \
	static void id##_start(void *state, struct wasi *host)                    \
	{                                                                         \
		Z_##id##_instantiate(state, (void *)host);                        \
		Z_##id##Z__initialize(state);                                     \
		Z_##id##Z_setup(state);                                           \
	}                                                                         \
										  \
	static uint32_t id##_run(void *state, struct wasi *host)                  \
	{                                                                         \
		(void)host;                                                       \
		return Z_##id##Z_run(state);                                      \
	}                                                                         \
										  \
	static const struct program program_##id = {                              \
		.name = #id,                                                      \
		PROGRAM_WASM(id),                                                 \
		.state_size = sizeof(Z_##id##_instance_t),                        \
		.host_offset = offsetof(Z_##id##_instance_t,                      \
					Z_wasi_snapshot_preview1_instance),       \
		.seeds = seed_count,                                              \
		.init_module = Z_##id##_init_module,                              \
		.start = id##_start,                                              \
		.run = id##_run,                                                  \
		.input = input_text,                                              \
	}
/* clang-format on */

WASI_PROGRAM(calc, 48, input_calc);
WASI_PROGRAM(json, 32, input_json);
WASI_PROGRAM(spell, 24, input_prose);
WASI_PROGRAM(tiles, 24, input_none);

const struct program *const programs[] = {
	&program_calc, &program_json,	&program_spell, &program_tiles,
	&program_trap, &program_llhttp, &program_cjs,	&program_esm,
};

const unsigned int program_count = sizeof(programs) / sizeof(programs[0]);
