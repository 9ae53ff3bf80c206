// SPDX-License-Identifier: MIT
/*
 * The programs, and the inputs of the demo's, for the host in Rust; real.rs makes the others.
 */
#include <stddef.h>
#include <stdint.h>

#include "input.h"

#define PROGRAM(id) extern const unsigned char wasm_##id[], wasm_##id##_end[]
PROGRAM(calc);
PROGRAM(json);
PROGRAM(spell);
PROGRAM(tiles);
PROGRAM(cjs);
PROGRAM(trap);
PROGRAM(sqlite);
PROGRAM(quickjs);
PROGRAM(sax);
PROGRAM(redact);

struct item {
	const unsigned char *wasm, *end;
	size_t (*input)(uint32_t seed, char *buffer, size_t size);
};

/* In the order of NAMES in program.rs. */
static const struct item items[] = {
	{ wasm_calc, wasm_calc_end, input_calc },
	{ wasm_json, wasm_json_end, input_json },
	{ wasm_spell, wasm_spell_end, input_prose },
	{ wasm_tiles, wasm_tiles_end, input_none },
	{ wasm_cjs, wasm_cjs_end, input_commonjs },
	{ wasm_trap, wasm_trap_end, input_none },
	{ wasm_sqlite, wasm_sqlite_end, NULL },
	{ wasm_quickjs, wasm_quickjs_end, NULL },
	{ wasm_sax, wasm_sax_end, NULL },
	{ wasm_redact, wasm_redact_end, NULL },
};

size_t host_input(uint32_t program, uint32_t seed, char *buffer, size_t size);
const unsigned char *host_wasm(uint32_t program, size_t *length);

size_t host_input(uint32_t program, uint32_t seed, char *buffer, size_t size)
{
	return items[program].input(seed, buffer, size);
}

const unsigned char *host_wasm(uint32_t program, size_t *length)
{
	*length = (size_t)(items[program].end - items[program].wasm);
	return items[program].wasm;
}
