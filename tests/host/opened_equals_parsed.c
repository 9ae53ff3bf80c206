// SPDX-License-Identifier: MIT
// A module that is opened is the one that is parsed, and what is refused is so for the same reason.
#include "module_test.h"

#include <sys/mman.h>

#include "format.h"
#include "module_same.h"
#include "module_walk.h"
#include "soak.h"
#include "random.h"

static uint64_t seed = 1;

static uint32_t below(uint32_t bound)
{
	return random_below(&seed, bound);
}

static void same(const uint8_t *bytes, size_t length)
{
	int fd = test_sys(memfd_create("module", MFD_CLOEXEC));
	struct shim_module *parsed = NULL, *opened = NULL;
	int expected = shim_module_parse(bytes, length, &parsed);
	char message[1024];

	snprintf(message, sizeof(message), "descriptor %d: %s", fd, shim_error());
	test_eq(write(fd, bytes, length), length);
	test_err(expected, shim_module_open_fd(fd, &opened));
	if (expected) {
		test_str(shim_error(), message);
		test_ok(!opened);
	} else {
		test_ok(desc_same(shim_module_desc(parsed), shim_module_desc(opened)));
		test_ok(images_same(parsed, opened));
		if (module_problem(opened))
			test_fail("%s", module_problem(opened));
	}
	/* The offset is where it was. */
	test_eq(lseek(fd, 0, SEEK_CUR), length);
	shim_module_destroy(parsed);
	shim_module_destroy(opened);
	close(fd);
}

static void fixture_is_same(const char *path)
{
	struct binary binary = binary_load(path);

	test_context("%s", path);
	same(binary.bytes, binary.length);
	binary_free(&binary);
}

TEST("every fixture, and modules in use elsewhere")
{
	test_ok(folder_each("wasm", fixture_is_same) >= 10);
	test_ok(folder_each("real", fixture_is_same) >= 7);
}

static void mutants_are_same(const char *path)
{
	struct binary binary = binary_load(path);

	test_context("%s", path);
	for (int i = 0; i < 40 && binary.length; i++) {
		struct binary mutant = binary_copy(binary.bytes, binary.length);
		uint32_t at = below((uint32_t)binary.length);

		mutant.bytes[at] = (uint8_t)below(256);
		same(mutant.bytes, below(3) ? mutant.length : at);
		binary_free(&mutant);
	}
	binary_free(&binary);
}

TEST("bytes that are changed, and ends that are missing")
{
	test_ok(folder_each("wasm", mutants_are_same) >= 10);
}

/* ---- data sections with everything that is read in another way ------------------------- */

#define PAGES 40

struct writer {
	uint8_t *bytes;
	size_t length;
};

static void byte_add(struct writer *writer, unsigned int byte)
{
	writer->bytes[writer->length++] = (uint8_t)byte;
}

static void number_add(struct writer *writer, uint32_t value)
{
	for (; value >= 0x80; value >>= 7)
		byte_add(writer, value | 0x80);
	byte_add(writer, value);
}

/* An i32, with so many additions of 0 that the head of its segment takes a few pages. */
static void offset_add(struct writer *writer, uint32_t offset, uint32_t additions)
{
	byte_add(writer, 0x41);
	for (int i = 0; i < 4; i++, offset >>= 7)
		byte_add(writer, offset | 0x80);
	byte_add(writer, offset);
	for (uint32_t i = 0; i < additions; i++) {
		byte_add(writer, 0x41);
		byte_add(writer, 0);
		byte_add(writer, 0x6a);
	}
	byte_add(writer, 0x0b);
}

static void segment_add(struct writer *writer)
{
	static const uint32_t lengths[] = { 0, 1, 60, 4000, 20000, 100000 };
	uint32_t length = lengths[below(ARRAY_SIZE(lengths))] + below(9);

	if (below(5)) {
		byte_add(writer, 0);
		offset_add(writer, below(PAGES * 65536 - length),
			   below(4) ? 0 : below(20) * below(300));
	} else {
		byte_add(writer, 1);
	}
	number_add(writer, length);
	while (length--)
		byte_add(writer, 1 + below(255));
}

static void round_run(struct writer *writer)
{
	struct binary head = binary_write(format("5: 01 00 %02x", PAGES));
	struct writer data = { .bytes = writer->bytes + (8 << 20) };
	uint32_t count = 1 + below(50);

	number_add(&data, count);
	for (uint32_t i = 0; i < count; i++)
		segment_add(&data);
	memcpy(writer->bytes, head.bytes, head.length);
	writer->length = head.length;
	byte_add(writer, 11);
	number_add(writer, (uint32_t)data.length);
	memcpy(writer->bytes + writer->length, data.bytes, data.length);
	writer->length += data.length;
	same(writer->bytes, writer->length);
	/* Cut somewhere, and with a byte that is wrong. */
	same(writer->bytes, below((uint32_t)writer->length));
	writer->bytes[below((uint32_t)writer->length)] ^= (uint8_t)(1 << below(8));
	same(writer->bytes, writer->length);
	binary_free(&head);
}

TEST("random segments: long heads, large and overlapping ones, passive ones")
{
	struct writer writer = { .bytes = malloc(16 << 20) };
	long done;

	test_timeout(240);
	seed = soak_start(60);
	for (done = 0; soak_goes_on(done); done++)
		round_run(&writer);
	soak_end(done);
	free(writer.bytes);
}

TEST_MAIN()
