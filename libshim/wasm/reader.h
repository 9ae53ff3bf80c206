/* SPDX-License-Identifier: MIT */
#ifndef SHIM_READER_H
#define SHIM_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/file_view.h"

/*
 * A cursor over a WebAssembly binary that never leaves the part it is in.
 *
 * The calls return 0 and set their last argument, or return -EINVAL with a message that
 * names the part, and the byte where the value begins that is wrong.
 */
struct shim_wasm_reader {
	const uint8_t *bytes; /* the whole binary */
	size_t at;
	size_t end;	  /* of the part */
	size_t field;	  /* where the value that was read last begins */
	const char *part; /* its name: "type section" */
	/* NULL: all bytes are there. Else those that shim_wasm_load() was called for. */
	struct shim_file_view *file;
};

static inline size_t shim_wasm_left(const struct shim_wasm_reader *reader)
{
	return reader->end - reader->at;
}

/* How many bytes are loaded at least, so that the next few calls find theirs. */
#define SHIM_WASM_AHEAD ((size_t)4 << 10)

/* Of a file, loads the next length bytes, as far as the binary has them, and more ahead. */
int shim_wasm_file_load(struct shim_wasm_reader *reader, size_t length, size_t ahead);

static inline int shim_wasm_load(struct shim_wasm_reader *reader, size_t length, size_t ahead)
{
	return reader->file ? shim_wasm_file_load(reader, length, ahead) : 0;
}

void shim_wasm_file_release(struct shim_wasm_reader *reader);

/* All bytes up to the present one were used. */
static inline void shim_wasm_release(struct shim_wasm_reader *reader)
{
	if (reader->file)
		shim_wasm_file_release(reader);
}

/* Where the value cannot be read by a few instructions; the reader is at its start. */
int shim_wasm_end_error(struct shim_wasm_reader *reader, const char *what);
int shim_wasm_u32_long(struct shim_wasm_reader *reader, const char *what, uint32_t *value);
int shim_wasm_bytes_error(struct shim_wasm_reader *reader, const char *what, uint64_t length);

static inline int shim_wasm_u8(struct shim_wasm_reader *reader, const char *what, uint8_t *value)
{
	*value = 0;
	reader->field = reader->at;
	if (reader->at == reader->end)
		return shim_wasm_end_error(reader, what);
	*value = reader->bytes[reader->at++];
	return 0;
}

/* Read LEB128 of no more bytes than the type needs, and without bits that do not fit. */
static inline int shim_wasm_u32(struct shim_wasm_reader *reader, const char *what, uint32_t *value)
{
	uint8_t byte;

	reader->field = reader->at;
	if (reader->at == reader->end)
		return shim_wasm_u32_long(reader, what, value);
	byte = reader->bytes[reader->at];
	if (byte & 0x80)
		return shim_wasm_u32_long(reader, what, value);
	reader->at++;
	*value = byte;
	return 0;
}
int shim_wasm_u64(struct shim_wasm_reader *reader, const char *what, uint64_t *value);
int shim_wasm_s32(struct shim_wasm_reader *reader, const char *what, int32_t *value);
/* Reads one of less than five bytes, if there are four; false, without a message: it is none. */
bool shim_wasm_s32_short(struct shim_wasm_reader *reader, int32_t *value);
int shim_wasm_s33(struct shim_wasm_reader *reader, const char *what, int64_t *value);
int shim_wasm_s64(struct shim_wasm_reader *reader, const char *what, int64_t *value);

/* Reads little-endian bits of a fixed size. */
int shim_wasm_bits(struct shim_wasm_reader *reader, const char *what, int size, uint64_t *value);

/* Gives the next length bytes, which stay in the binary. */
static inline int shim_wasm_bytes(struct shim_wasm_reader *reader, const char *what,
				  uint64_t length, const uint8_t **bytes)
{
	*bytes = NULL;
	reader->field = reader->at;
	if (length > shim_wasm_left(reader))
		return shim_wasm_bytes_error(reader, what, length);
	*bytes = reader->bytes + reader->at;
	reader->at += length;
	return 0;
}

/*
 * Reads the count of a list whose items take least bytes or more each. A count that the
 * part is too short for is refused before memory is allocated for it.
 */
int shim_wasm_count(struct shim_wasm_reader *reader, const char *what, size_t least,
		    uint32_t *count);

/* Sets a message about the value that was read last; returns error. */
int shim_wasm_error(const struct shim_wasm_reader *reader, int error, const char *format, ...)
	__attribute__((cold, format(printf, 3, 4)));

/* Puts part and byte before the message of another folder; returns error. */
int shim_wasm_locate(const struct shim_wasm_reader *reader, size_t byte, int error);

#endif /* SHIM_READER_H */
