// SPDX-License-Identifier: MIT
/*
 * Bytes, LEB128 numbers and lengths of a WebAssembly binary, within bounds.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/error.h"
#include "wasm/reader.h"

int shim_wasm_locate(const struct shim_wasm_reader *reader, size_t byte, int error)
{
	return shim_error_prefix(error, "%s, byte 0x%zx: ", reader->part, byte);
}

int shim_wasm_error(const struct shim_wasm_reader *reader, int error, const char *format, ...)
{
	char text[160];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	shim_error_set(error, "%s", text);
	return shim_wasm_locate(reader, reader->field, error);
}

int shim_wasm_file_load(struct shim_wasm_reader *reader, size_t length, size_t ahead)
{
	uint64_t left = reader->file->length - reader->at;

	return shim_file_view_load(reader->file, reader->at + (length < left ? length : left),
				   ahead);
}

void shim_wasm_file_release(struct shim_wasm_reader *reader)
{
	shim_file_view_skip(reader->file, reader->at);
	shim_file_view_release(reader->file, reader->at);
}

int shim_wasm_end_error(struct shim_wasm_reader *reader, const char *what)
{
	return shim_wasm_error(reader, -EINVAL, "ends before its %s", what);
}

int shim_wasm_bytes_error(struct shim_wasm_reader *reader, const char *what, uint64_t length)
{
	return shim_wasm_error(reader, -EINVAL, "%s of %" PRIu64 " bytes, %zu are left", what,
			       length, shim_wasm_left(reader));
}

/*
 * Reads a number of so many bits; the highest bit of a signed one is its sign. The last
 * byte of the longest form has spare bits, which must be 0, or equal to the sign.
 */
static int leb128(struct shim_wasm_reader *reader, const char *what, int bits, bool is_signed,
		  uint64_t *value)
{
	uint64_t result = 0;
	int shift = 0;
	uint8_t byte;

	reader->field = reader->at;
	do {
		if (reader->at == reader->end)
			return shim_wasm_error(reader, -EINVAL, "ends within its %s", what);
		byte = reader->bytes[reader->at++];
		if (shift + 7 > bits) {
			uint8_t spare = 0x7f & ~((1 << (bits - shift)) - 1);
			bool negative = is_signed && byte >> (bits - shift - 1) & 1;

			if (byte & 0x80)
				return shim_wasm_error(reader, -EINVAL,
						       "%s is longer than %d bytes", what,
						       shift / 7 + 1);
			if ((byte & spare) != (negative ? spare : 0))
				return shim_wasm_error(reader, -EINVAL,
						       "%s does not fit in %d bits", what, bits);
		}
		result |= (uint64_t)(byte & 0x7f) << shift;
		shift += 7;
	} while (byte & 0x80);
	if (is_signed && shift < 64 && byte & 0x40)
		result |= UINT64_MAX << shift;
	*value = result;
	return 0;
}

/*
 * Reads a number of less than five bytes, all bits of which fit in 32; returns how many bits
 * they have. 0: it is longer, or not whole.
 */
static int short_leb128(struct shim_wasm_reader *reader, uint32_t *value)
{
	const uint8_t *at = reader->bytes + reader->at;
	uint32_t word, ends, length;

	if (shim_wasm_left(reader) < 4)
		return 0;
	word = at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
	/* The highest bits of bytes that end a number; the lowest of them is of this one. */
	ends = ~word & 0x80808080;
	if (!ends)
		return 0;
	word &= ends ^ (ends - 1);
	word = (word & 0x7f007f) | (word & 0x7f007f00) >> 1;
	*value = (word & 0x3fff) | (word & 0x3fff0000) >> 2;
	length = ((uint32_t)__builtin_ctz(ends) + 1) / 8;
	reader->field = reader->at;
	reader->at += length;
	return (int)(7 * length);
}

int shim_wasm_u32_long(struct shim_wasm_reader *reader, const char *what, uint32_t *value)
{
	const uint8_t *at = reader->bytes + reader->at;
	uint64_t wide = 0;
	int error;

	/* The first byte does not end it. */
	if (shim_wasm_left(reader) >= 2 && at[1] < 0x80) {
		*value = (at[0] & 0x7f) | (uint32_t)at[1] << 7;
		reader->at += 2;
		return 0;
	}
	if (short_leb128(reader, value))
		return 0;
	error = leb128(reader, what, 32, false, &wide);
	*value = (uint32_t)wide;
	return error;
}

int shim_wasm_u64(struct shim_wasm_reader *reader, const char *what, uint64_t *value)
{
	return leb128(reader, what, 64, false, value);
}

bool shim_wasm_s32_short(struct shim_wasm_reader *reader, int32_t *value)
{
	uint32_t low;
	int bits = short_leb128(reader, &low);

	if (bits)
		*value = (int32_t)(low << (32 - bits)) >> (32 - bits);
	return bits;
}

int shim_wasm_s32(struct shim_wasm_reader *reader, const char *what, int32_t *value)
{
	uint64_t wide = 0;
	int error;

	if (shim_wasm_s32_short(reader, value))
		return 0;
	error = leb128(reader, what, 32, true, &wide);
	*value = (int32_t)wide;
	return error;
}

int shim_wasm_s33(struct shim_wasm_reader *reader, const char *what, int64_t *value)
{
	uint64_t wide = 0;
	int error = leb128(reader, what, 33, true, &wide);

	*value = (int64_t)wide;
	return error;
}

int shim_wasm_s64(struct shim_wasm_reader *reader, const char *what, int64_t *value)
{
	uint64_t wide = 0;
	int error = leb128(reader, what, 64, true, &wide);

	*value = (int64_t)wide;
	return error;
}

int shim_wasm_bits(struct shim_wasm_reader *reader, const char *what, int size, uint64_t *value)
{
	const uint8_t *bytes = NULL;
	int error = shim_wasm_bytes(reader, what, (uint64_t)size, &bytes);

	if (error)
		return error;
	*value = 0;
	for (int i = 0; i < size; i++)
		*value |= (uint64_t)bytes[i] << 8 * i;
	return 0;
}

int shim_wasm_count(struct shim_wasm_reader *reader, const char *what, size_t least,
		    uint32_t *count)
{
	int error = shim_wasm_u32(reader, what, count);

	if (error)
		return error;
	if (*count > shim_wasm_left(reader) / least)
		return shim_wasm_error(reader, -EINVAL,
				       "%s %" PRIu32 " is more than %zu bytes can hold", what,
				       *count, shim_wasm_left(reader));
	return 0;
}
