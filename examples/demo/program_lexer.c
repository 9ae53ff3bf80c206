// SPDX-License-Identifier: MIT
/*
 * Two lexers that JavaScript loaders use, as the Debian packages
 * node-cjs-module-lexer and node-es-module-lexer ship them. This is the C side
 * of their parse() functions: make room, copy the source in as UTF-16, parse,
 * and list what was found.
 */
#include "cjs_module.h"
#include "esm_module.h"

#include "input.h"
#include "place.h"
#include "program.h"

/*
 * Makes the memory hold room bytes past the module's own data, as the
 * JavaScript side does with memory.grow(); 0, or -1 when there is no memory.
 */
static int memory_reserve(wasm_rt_memory_t *memory, uint32_t heap_base, uint64_t room)
{
	uint64_t need = heap_base + room;

	if (need <= memory->size)
		return 0;
	need = (need - memory->size + WASM_PAGE - 1) / WASM_PAGE;
	return wasm_rt_grow_memory(memory, (uint32_t)need) == UINT32_MAX ? -1 : 0;
}

/* Copies the input to address, 16 bits a byte, and ends it with a zero. */
static int source_copy(struct wasi *host, uint32_t address)
{
	uint8_t *p = wasi_memory(host, address, (host->input_length + 1) * 2);

	if (!p)
		return -1;
	for (size_t i = 0; i < host->input_length; i++) {
		*p++ = (uint8_t)host->input[i];
		*p++ = 0;
	}
	p[0] = p[1] = 0;
	return 0;
}

static void print_span(struct wasi *host, const char *what, uint32_t from, uint32_t to)
{
	wasi_print(host, "%s ", what);
	if (from <= to && to <= host->input_length)
		(void)wasi_output(host, host->input + from, to - from);
	wasi_print(host, "\n");
}

/* ---- cjs-module-lexer -------------------------------------------------- */

/* The module imports nothing and has no host pointer; run() gets the host as an argument. */
static void cjs_start(void *state, struct wasi *host)
{
	(void)host;
	Z_cjs_instantiate(state);
	Z_cjsZ__initialize(state);
}

static uint32_t cjs_run(void *state, struct wasi *host)
{
	uint32_t length = (uint32_t)host->input_length, source;

	if (memory_reserve(Z_cjsZ_memory(state), *Z_cjsZ___heap_base(state), 4 * (length + 1ull)))
		return 2;
	source = Z_cjsZ_sa(state, length + 1);
	if (source_copy(host, source))
		return 3;
	if (!Z_cjsZ_parseCJS(state, source, length, 0, 0, 0, 0)) {
		wasi_print(host, "error at %u\n", Z_cjsZ_e(state));
		return 1;
	}
	while (Z_cjsZ_rre(state))
		print_span(host, "reexport", Z_cjsZ_res(state), Z_cjsZ_ree(state));
	while (Z_cjsZ_ru(state))
		print_span(host, "unsafe", Z_cjsZ_us(state), Z_cjsZ_ue(state));
	while (Z_cjsZ_re(state))
		print_span(host, "export", Z_cjsZ_es(state), Z_cjsZ_ee(state));
	return 0;
}

PROGRAM_WASM_DECLARE(cjs);

const struct program program_cjs = {
	.name = "cjs-lexer",
	PROGRAM_WASM(cjs),
	.state_size = sizeof(Z_cjs_instance_t),
	.host_offset = PROGRAM_NO_HOST,
	.seeds = 48,
	.init_module = Z_cjs_init_module,
	.start = cjs_start,
	.run = cjs_run,
	.input = input_commonjs,
};

/* ---- es-module-lexer --------------------------------------------------- */

static void esm_start(void *state, struct wasi *host)
{
	(void)host;
	Z_esm_instantiate(state);
	Z_esmZ__initialize(state);
}

static uint32_t esm_run(void *state, struct wasi *host)
{
	uint32_t length = (uint32_t)host->input_length, source;

	if (memory_reserve(Z_esmZ_memory(state), *Z_esmZ___heap_base(state), 4 * (length + 1ull)))
		return 2;
	source = Z_esmZ_sa(state, length);
	if (source_copy(host, source))
		return 3;
	if (!Z_esmZ_parse(state)) {
		wasi_print(host, "error at %u\n", Z_esmZ_e(state));
		return 1;
	}
	while (Z_esmZ_ri(state)) {
		print_span(host, "import", Z_esmZ_is(state), Z_esmZ_ie(state));
		wasi_print(host, "  statement %u to %u, dynamic %d\n", Z_esmZ_ss(state),
			   Z_esmZ_se(state), (int)Z_esmZ_id(state));
	}
	while (Z_esmZ_re(state))
		print_span(host, "export", Z_esmZ_es(state), Z_esmZ_ee(state));
	wasi_print(host, "facade %u\n", Z_esmZ_f(state));
	return 0;
}

PROGRAM_WASM_DECLARE(esm);

const struct program program_esm = {
	.name = "es-lexer",
	PROGRAM_WASM(esm),
	.state_size = sizeof(Z_esm_instance_t),
	.host_offset = PROGRAM_NO_HOST,
	.seeds = 48,
	.init_module = Z_esm_init_module,
	.start = esm_start,
	.run = esm_run,
	.input = input_typescript,
};
