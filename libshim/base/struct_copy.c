// SPDX-License-Identifier: MIT
/*
 * Structs whose size the caller gives, so that they can grow at their end.
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/error.h"
#include "base/struct_copy.h"

static int size_error(uint32_t size, size_t first_size)
{
	return shim_error_set(-EINVAL, "size %" PRIu32 " is under %zu", size, first_size);
}

int shim_struct_copy(void *to, size_t known_size, size_t first_size, const void *from)
{
	const uint32_t known = (uint32_t)known_size;
	const unsigned char *bytes = from;
	uint32_t size;

	memcpy(&size, from, sizeof(size));
	if (size < first_size)
		return size_error(size, first_size);
	for (uint32_t i = known; i < size; i++)
		if (bytes[i])
			return shim_error_set(-E2BIG,
					      "size %" PRIu32 " is over the %zu known here, "
					      "and byte %" PRIu32 " is not 0",
					      size, known_size, i);
	memset(to, 0, known_size);
	memcpy(to, from, size < known ? size : known);
	memcpy(to, &known, sizeof(known));
	return 0;
}

int shim_struct_fill(void *to, size_t known_size, size_t first_size, const void *from)
{
	uint32_t size;

	memcpy(&size, to, sizeof(size));
	if (size < first_size)
		return size_error(size, first_size);
	shim_struct_set(to, known_size, from);
	return 0;
}

void shim_struct_set(void *to, size_t known_size, const void *from)
{
	uint32_t size;

	memcpy(&size, to, sizeof(size));
	if (size < sizeof(size))
		return;
	memset(to, 0, size);
	memcpy(to, from, size < known_size ? size : known_size);
	memcpy(to, &size, sizeof(size));
}
