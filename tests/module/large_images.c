// SPDX-License-Identifier: MIT
// Images that are in a file have the bytes that segments of any length, in any order, put there.
#include "module_test.h"

#include <sys/resource.h>

#include "module_walk.h"
#include "soak.h"
#include "random.h"

#define PAGES 12 /* of each of two memories */
#define MEMORY (PAGES * SHIM_WASM_PAGE)
#define MOST 60 /* segments */

static unsigned char model[2][MEMORY], source[MEMORY];
static uint64_t seed;

static uint32_t below(uint32_t bound)
{
	return random_below(&seed, bound);
}

/* Lengths around those at which the way into the file is another. */
static uint32_t length_draw(void)
{
	static const uint32_t lengths[] = { 0, 1, 7, 500, 4096, 16383, 16384, 65535, 65536, 200000 };

	return lengths[below(ARRAY_SIZE(lengths))] + below(3);
}

/* Segments one after another, with a small gap or none, or anywhere. */
static uint32_t start_draw(uint32_t end, uint32_t length)
{
	uint32_t start = below(3) ? end + below(3) * below(3000) : below(MEMORY);

	return start > MEMORY - length ? MEMORY - length : start;
}

static void module_is_as_the_model(const struct shim_module *module,
				   const struct shim_data_segment *segments, uint32_t count)
{
	for (uint32_t i = 0; i < 2; i++) {
		const struct shim_static_image *image = shim_module_defined_image(module, i);
		uint64_t end = image->offset + image->length;

		test_mem(image->bytes, model[i] + image->offset, image->length);
		test_bytes(model[i], 0, image->offset);
		test_bytes(model[i] + end, 0, MEMORY - end);
	}
	for (uint32_t i = 0; i < count; i++)
		test_mem(shim_module_desc(module)->data[i].bytes, segments[i].bytes,
			 segments[i].length);
	if (module_problem(module))
		test_fail("%s", module_problem(module));
}

static void round_run(void)
{
	struct shim_memory_plan memories[2] = { { .minimum = PAGES }, { .minimum = PAGES } };
	struct shim_data_segment segments[MOST];
	struct shim_module_desc desc = {
		.size = sizeof(desc),
		.defined_memory_count = 2,
		.defined_memories = memories,
		.data_count = 1 + below(MOST),
		.data = segments,
	};
	struct shim_module *module;
	uint32_t end[2] = { 0 };

	memset(model, 0, sizeof(model));
	for (uint32_t i = 0; i < desc.data_count; i++) {
		uint32_t memory = below(4) == 0, length = length_draw();
		uint32_t start = start_draw(end[memory], length);

		segments[i] = (struct shim_data_segment){
			.memory = memory,
			.offset = { .op = SHIM_CONST_I32, .bits = start },
			.bytes = source + below(MEMORY - length),
			.length = length,
		};
		memcpy(model[memory] + start, segments[i].bytes, length);
		end[memory] = start + length;
	}
	module = module_create(&desc);
	module_is_as_the_model(module, segments, desc.data_count);
	shim_module_destroy(module);
}

static void rounds_run(long rounds)
{
	long done;

	seed = soak_start(rounds);
	for (size_t i = 0; i < sizeof(source); i++)
		source[i] = (unsigned char)(1 + below(255));
	for (done = 0; soak_goes_on(done); done++)
		round_run();
	soak_end(done);
}

TEST("random segments of two memories")
{
	rounds_run(150);
}

TEST("the same where the process can have no file")
{
	struct rlimit limit;

	test_sys(getrlimit(RLIMIT_FSIZE, &limit));
	limit.rlim_cur = 100000; /* less than an image in a file, more than what a test says */
	test_sys(setrlimit(RLIMIT_FSIZE, &limit));
	rounds_run(20);
}

TEST_MAIN()
