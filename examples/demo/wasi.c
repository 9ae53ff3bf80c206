// SPDX-License-Identifier: MIT
/*
 * A minimal WASI host: the calls that the demo's programs import, no files.
 *
 * wasm2c gives the calls their names. Every pointer that a program passes is
 * checked against the present size of its memory; a bad one is EFAULT.
 */
#include "wasi.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum {
	WASI_SUCCESS = 0,
	WASI_EBADF = 8,
	WASI_EFAULT = 21,
	WASI_EINVAL = 28,
	WASI_ENOSPC = 51,
	WASI_ESPIPE = 70,
};

#define WASI_FILETYPE_REGULAR 4
#define WASI_FDSTAT_SIZE 24
#define WASI_CLOCK_STEP 1000000

/* The names below are wasm2c's: Z_<module>Z_<function>. */
#define WASI(name) Z_wasi_snapshot_preview1Z_##name

uint32_t WASI(clock_time_get)(struct wasi *, uint32_t, uint64_t, uint32_t);
uint32_t WASI(fd_close)(struct wasi *, uint32_t);
uint32_t WASI(fd_fdstat_get)(struct wasi *, uint32_t, uint32_t);
uint32_t WASI(fd_read)(struct wasi *, uint32_t, uint32_t, uint32_t, uint32_t);
uint32_t WASI(fd_seek)(struct wasi *, uint32_t, uint64_t, uint32_t, uint32_t);
uint32_t WASI(fd_write)(struct wasi *, uint32_t, uint32_t, uint32_t, uint32_t);
uint32_t WASI(random_get)(struct wasi *, uint32_t, uint32_t);
void WASI(proc_exit)(struct wasi *, uint32_t);

/* ---- the runner's side ------------------------------------------------- */

void wasi_begin(struct wasi *host, uint32_t seed, const char *input, size_t length)
{
	host->seed = seed;
	host->input = input;
	host->input_length = length;
	host->input_at = 0;
	host->random = ((uint64_t)seed + 1) * 0x9e3779b97f4a7c15u;
	host->clock = (1700000000u + seed) * (uint64_t)1000000000;
	host->exit_code = 0;
	host->output_length = 0;
}

void *wasi_memory(const struct wasi *host, uint32_t address, uint64_t length)
{
	if (address + length > host->memory->size)
		return NULL;
	return host->memory->data + address;
}

int wasi_output(struct wasi *host, const char *text, size_t length)
{
	if (length > WASI_OUTPUT_MAX - host->output_length)
		return -1;
	memcpy(host->output + host->output_length, text, length);
	host->output_length += length;
	return 0;
}

void wasi_print(struct wasi *host, const char *format, ...)
{
	char line[256];
	va_list args;
	int length;

	va_start(args, format);
	length = vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	if (length >= (int)sizeof(line))
		length = sizeof(line) - 1;
	if (length > 0)
		(void)wasi_output(host, line, (size_t)length);
}

/* ---- the program's side ------------------------------------------------ */

static int store32(struct wasi *host, uint32_t address, uint32_t value)
{
	void *p = wasi_memory(host, address, sizeof(value));

	if (!p)
		return WASI_EFAULT;
	memcpy(p, &value, sizeof(value));
	return WASI_SUCCESS;
}

/* Entry i of a vector of {address, length}: its bytes in host memory. */
static char *vector_entry(struct wasi *host, uint32_t vector, uint32_t i, uint32_t *length)
{
	uint32_t entry[2];
	const void *p;

	if (vector + (uint64_t)i * sizeof(entry) > UINT32_MAX)
		return NULL;
	p = wasi_memory(host, vector + i * (uint32_t)sizeof(entry), sizeof(entry));
	if (!p)
		return NULL;
	memcpy(entry, p, sizeof(entry));
	*length = entry[1];
	return wasi_memory(host, entry[0], entry[1]);
}

uint32_t WASI(fd_write)(struct wasi *host, uint32_t fd, uint32_t vector, uint32_t count,
			uint32_t out_written)
{
	uint32_t total = 0;

	if (fd != 1 && fd != 2)
		return WASI_EBADF;
	for (uint32_t i = 0; i < count; i++) {
		uint32_t length;
		const char *text = vector_entry(host, vector, i, &length);

		if (!text)
			return WASI_EFAULT;
		if (wasi_output(host, text, length))
			return WASI_ENOSPC;
		total += length;
	}
	return store32(host, out_written, total);
}

uint32_t WASI(fd_read)(struct wasi *host, uint32_t fd, uint32_t vector, uint32_t count,
		       uint32_t out_read)
{
	uint32_t total = 0;

	if (fd != 0)
		return WASI_EBADF;
	for (uint32_t i = 0; i < count; i++) {
		size_t left = host->input_length - host->input_at;
		uint32_t length;
		char *buffer = vector_entry(host, vector, i, &length);

		if (!buffer)
			return WASI_EFAULT;
		if (length > left)
			length = (uint32_t)left;
		memcpy(buffer, host->input + host->input_at, length);
		host->input_at += length;
		total += length;
	}
	return store32(host, out_read, total);
}

/* Regular files with no rights: the C library then buffers its output fully. */
uint32_t WASI(fd_fdstat_get)(struct wasi *host, uint32_t fd, uint32_t out_stat)
{
	uint8_t *stat = wasi_memory(host, out_stat, WASI_FDSTAT_SIZE);

	if (fd > 2)
		return WASI_EBADF;
	if (!stat)
		return WASI_EFAULT;
	memset(stat, 0, WASI_FDSTAT_SIZE);
	stat[0] = WASI_FILETYPE_REGULAR;
	return WASI_SUCCESS;
}

uint32_t WASI(fd_seek)(struct wasi *host, uint32_t fd, uint64_t offset, uint32_t whence,
		       uint32_t out_offset)
{
	(void)host;
	(void)offset;
	(void)whence;
	(void)out_offset;
	return fd > 2 ? WASI_EBADF : WASI_ESPIPE;
}

uint32_t WASI(fd_close)(struct wasi *host, uint32_t fd)
{
	(void)host;
	return fd > 2 ? WASI_EBADF : WASI_SUCCESS;
}

uint32_t WASI(clock_time_get)(struct wasi *host, uint32_t clock, uint64_t precision,
			      uint32_t out_time)
{
	void *p = wasi_memory(host, out_time, sizeof(host->clock));

	(void)precision;
	if (clock > 1)
		return WASI_EINVAL;
	if (!p)
		return WASI_EFAULT;
	host->clock += WASI_CLOCK_STEP;
	memcpy(p, &host->clock, sizeof(host->clock));
	return WASI_SUCCESS;
}

/* xorshift64*. The state is never 0, as wasi_begin() multiplies by an odd number. */
static uint8_t random_byte(struct wasi *host)
{
	host->random ^= host->random >> 12;
	host->random ^= host->random << 25;
	host->random ^= host->random >> 27;
	return (uint8_t)(host->random * 0x2545f4914f6cdd1du >> 56);
}

uint32_t WASI(random_get)(struct wasi *host, uint32_t buffer, uint32_t length)
{
	uint8_t *p = wasi_memory(host, buffer, length);

	if (!p)
		return WASI_EFAULT;
	for (uint32_t i = 0; i < length; i++)
		p[i] = random_byte(host);
	return WASI_SUCCESS;
}

void WASI(proc_exit)(struct wasi *host, uint32_t code)
{
	host->exit_code = code;
	wasm_rt_trap((wasm_rt_trap_t)WASI_TRAP_EXIT);
}
