// SPDX-License-Identifier: MIT
/*
 * llhttp, the HTTP parser of Node.js, as the Debian package node-undici ships
 * it. This does in C what undici's lib/client.js does: allocate a parser, pass it
 * the input piece by piece, and print the arguments of the callbacks.
 */
#include <string.h>

#include "llhttp_module.h"

#include "input.h"
#include "instance.h"
#include "program.h"

#define TYPE_REQUEST 1
#define TYPE_RESPONSE 2

#define BUFFER_SIZE 4096

static void llhttp_start(void *state, struct wasi *host)
{
	Z_llhttp_instantiate(state, (void *)host);
	Z_llhttpZ__initialize(state);
}

static uint32_t print_error(void *state, struct wasi *host, uint32_t parser)
{
	uint32_t reason = Z_llhttpZ_llhttp_get_error_reason(state, parser);
	const char *text = wasi_memory(host, reason, 1);
	size_t room = host->memory->size - reason;

	wasi_print(host, "error %u: %.*s\n", Z_llhttpZ_llhttp_get_errno(state, parser),
		   text ? (int)strnlen(text, room < 80 ? room : 80) : 0, text ? text : "");
	return 1;
}

/* Passes the input in pieces of 1 to 300 bytes, which end in the middle of tokens. */
static uint32_t feed(void *state, struct wasi *host, uint32_t parser, uint32_t buffer)
{
	struct lots lots;

	lots_init(&lots, host->seed);
	while (host->input_at < host->input_length) {
		size_t left = host->input_length - host->input_at;
		uint32_t piece = 1 + lots_draw(&lots, 300);
		void *p = wasi_memory(host, buffer, BUFFER_SIZE);

		if (!p)
			return 2;
		if (piece > left)
			piece = (uint32_t)left;
		memcpy(p, host->input + host->input_at, piece);
		host->input_at += piece;
		if (Z_llhttpZ_llhttp_execute(state, parser, buffer, piece))
			return print_error(state, host, parser);
	}
	return Z_llhttpZ_llhttp_finish(state, parser) ? print_error(state, host, parser) : 0;
}

static uint32_t llhttp_run(void *state, struct wasi *host)
{
	uint32_t type = host->seed % 2 ? TYPE_RESPONSE : TYPE_REQUEST;
	uint32_t parser = Z_llhttpZ_llhttp_alloc(state, type);
	uint32_t buffer = Z_llhttpZ_malloc(state, BUFFER_SIZE);
	uint32_t result = feed(state, host, parser, buffer);

	Z_llhttpZ_free(state, buffer);
	Z_llhttpZ_llhttp_free(state, parser);
	return result;
}

/* ---- the module's imports ---------------------------------------------- */

/*
 * The env argument cannot be used: in a call through the table wasm2c 1.0.32 passes
 * the address of the instance struct's env member, in a direct call its value.
 */
static struct wasi *host_current(void)
{
	return &instance_current()->host;
}

static uint32_t print_span(const char *what, uint32_t at, uint32_t length)
{
	struct wasi *host = host_current();
	const char *text = wasi_memory(host, at, length);

	wasi_print(host, "%s: ", what);
	if (text)
		(void)wasi_output(host, text, length);
	wasi_print(host, "\n");
	return 0;
}

#define SPAN_IMPORT(name)                                                                       \
	u32 Z_envZ_wasm_on_##name(struct Z_env_instance_t *env, u32 parser, u32 at, u32 length) \
	{                                                                                       \
		(void)env;                                                                      \
		(void)parser;                                                                   \
		return print_span(#name, at, length);                                           \
	}

SPAN_IMPORT(url)
SPAN_IMPORT(status)
SPAN_IMPORT(header_field)
SPAN_IMPORT(header_value)
SPAN_IMPORT(body)

u32 Z_envZ_wasm_on_headers_complete(struct Z_env_instance_t *env, u32 parser, u32 status,
				    u32 upgrade, u32 keep_alive)
{
	(void)env;
	(void)parser;
	wasi_print(host_current(), "headers end: status %u upgrade %u keep-alive %u\n", status,
		   upgrade, keep_alive);
	return 0;
}

u32 Z_envZ_wasm_on_message_begin(struct Z_env_instance_t *env, u32 parser)
{
	(void)env;
	(void)parser;
	wasi_print(host_current(), "message begins\n");
	return 0;
}

u32 Z_envZ_wasm_on_message_complete(struct Z_env_instance_t *env, u32 parser)
{
	(void)env;
	(void)parser;
	wasi_print(host_current(), "message ends\n");
	return 0;
}

PROGRAM_WASM_DECLARE(llhttp);

const struct program program_llhttp = {
	.name = "llhttp",
	PROGRAM_WASM(llhttp),
	.state_size = sizeof(Z_llhttp_instance_t),
	.host_offset = offsetof(Z_llhttp_instance_t, Z_env_instance),
	.seeds = 48,
	.init_module = Z_llhttp_init_module,
	.start = llhttp_start,
	.run = llhttp_run,
	.input = input_http,
};
