// SPDX-License-Identifier: MIT
// Static images: the memories' initial content, where the segments allow it, to the byte.
#include "module_test.h"

#include "module_walk.h"

#define MIB (UINT64_C(1) << 20)
#define PAGES_MAX 16 /* pages of WebAssembly with room for 10 pages of any system */

/* Up to 8 memories of minimum pages and as many segments, all given as text. */
struct plan {
	struct shim_memory_plan memories[8];
	struct shim_data_segment data[8];
	struct shim_module_desc desc;
};

static void plan_init(struct plan *plan)
{
	memset(plan, 0, sizeof(*plan));
	plan->desc.size = sizeof(plan->desc);
	plan->desc.defined_memories = plan->memories;
	plan->desc.data = plan->data;
}

static void memory_add(struct plan *plan, uint32_t flags, uint64_t minimum)
{
	plan->memories[plan->desc.defined_memory_count].flags = flags;
	plan->memories[plan->desc.defined_memory_count++].minimum = minimum;
}

static void data_add(struct plan *plan, uint32_t memory, uint64_t offset, const void *bytes,
		     uint64_t length)
{
	uint32_t at = plan->desc.data_count++;
	bool is_64 = plan->memories[memory].flags & SHIM_PLAN_64;

	plan->data[at] = (struct shim_data_segment){
		.memory = memory,
		.offset = { .op = is_64 ? SHIM_CONST_I64 : SHIM_CONST_I32, .bits = offset },
		.bytes = bytes,
		.length = length,
	};
}

static void image_eq(const struct shim_module *module, uint32_t memory, uint64_t offset,
		     uint64_t length)
{
	const struct shim_static_image *image = shim_module_defined_image(module, memory);

	test_ok(image);
	test_eq(image->offset, offset);
	test_eq(image->length, length);
	test_eq(!image->bytes, !length);
}

/* Makes the module, and says whether it has images. */
static bool has_images(struct plan *plan)
{
	struct shim_module *module = module_create(&plan->desc);
	bool has = shim_module_defined_image(module, 0);

	if (module_problem(module))
		test_fail("%s", module_problem(module));
	shim_module_destroy(module);
	return has;
}

TEST("a memory without data has an image that is empty")
{
	struct shim_module *module;
	struct plan plan;

	plan_init(&plan);
	memory_add(&plan, 0, 1);
	data_add(&plan, 0, SHIM_WASM_PAGE, NULL, 0);
	module = module_create(&plan.desc);
	image_eq(module, 0, 0, 0);
	test_ok(!shim_module_defined_image(module, 1));
	test_ok(!shim_module_defined_image(module, UINT32_MAX));
	shim_module_destroy(module);
}

TEST("content is where the segments put it, with whole pages around")
{
	struct shim_module *module;
	static unsigned char expected[3 * PAGE_MAX];
	struct plan plan;

	plan_init(&plan);
	memory_add(&plan, 0, PAGES_MAX);
	data_add(&plan, 0, 5 * PAGE - 1, "ab", 2);
	data_add(&plan, 0, 6 * PAGE + 7, "c", 1);
	memcpy(expected + PAGE - 1, "ab", 2);
	expected[2 * PAGE + 7] = 'c';
	module = module_create(&plan.desc);
	image_eq(module, 0, 4 * PAGE, 3 * PAGE);
	test_mem(shim_module_defined_image(module, 0)->bytes, expected, 3 * PAGE);
	shim_module_destroy(module);
}

TEST("segments in any order, the first one neither the lowest nor the highest")
{
	static const uint64_t orders[][3] = {
		{ 5, 1, 9 }, { 9, 5, 1 }, { 1, 9, 5 }, { 5, 9, 1 }, { 9, 1, 5 }, { 1, 5, 9 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(orders); i++) {
		struct shim_module *module;
		unsigned char expected[9 * PAGE_MAX] = { 0 };
		struct plan plan;

		plan_init(&plan);
		memory_add(&plan, 0, PAGES_MAX);
		for (int j = 0; j < 3; j++) {
			data_add(&plan, 0, orders[i][j] * PAGE, &"abc"[j], 1);
			expected[(orders[i][j] - 1) * PAGE] = (unsigned char)"abc"[j];
		}
		module = module_create(&plan.desc);
		image_eq(module, 0, PAGE, 9 * PAGE);
		test_mem(shim_module_defined_image(module, 0)->bytes, expected, 9 * PAGE);
		shim_module_destroy(module);
	}
}

TEST("of segments that overlap the later one stays")
{
	struct shim_module *module;
	struct plan plan;

	plan_init(&plan);
	memory_add(&plan, 0, 1);
	data_add(&plan, 0, 10, "abcdef", 6);
	data_add(&plan, 0, 8, "12345", 5);
	data_add(&plan, 0, 11, "\0", 1);
	module = module_create(&plan.desc);
	image_eq(module, 0, 0, PAGE);
	test_mem((const char *)shim_module_defined_image(module, 0)->bytes + 8,
		 "123\0"
		 "5def",
		 8);
	test_mem(shim_module_desc(module)->data[0].bytes, "abcdef", 6);
	test_mem(shim_module_desc(module)->data[1].bytes, "12345", 5);
	test_mem(shim_module_desc(module)->data[2].bytes, "", 1);
	shim_module_destroy(module);
}

TEST("segments are parts of the image, and those that it does not have are copies")
{
	unsigned char bytes[] = "of the caller";
	const unsigned char *image;
	const struct shim_module_desc *desc;
	struct shim_module *module;
	struct plan plan;

	plan_init(&plan);
	memory_add(&plan, 0, 1);
	memory_add(&plan, 0, 1);
	data_add(&plan, 1, 300, bytes + 3, 3);
	data_add(&plan, 0, 20, bytes, 3);
	data_add(&plan, 0, 0, bytes + 7, 6);
	data_add(&plan, 1, 100, bytes, 2);
	data_add(&plan, 0, 0, bytes, 13);
	plan.data[4].mode = SHIM_SEGMENT_PASSIVE;
	module = module_create(&plan.desc);
	memset(bytes, 'x', sizeof(bytes));
	desc = shim_module_desc(module);
	image = shim_module_defined_image(module, 0)->bytes;
	test_ok(desc->data[1].bytes == image + 20);
	test_mem(desc->data[2].bytes, "caller", 6);
	image = shim_module_defined_image(module, 1)->bytes;
	test_mem(image + 300, "the", 3);
	test_mem(desc->data[0].bytes, "the", 3);
	test_mem(desc->data[3].bytes, "of", 2);
	test_mem(desc->data[4].bytes, "of the caller", 13);
	shim_module_destroy(module);
}

TEST("zeroes at both ends are cut off, down to nothing")
{
	static unsigned char zeroes[8 * PAGE_MAX], some[8 * PAGE_MAX];
	struct shim_module *module;
	struct plan plan;

	plan_init(&plan);
	memory_add(&plan, 0, PAGES_MAX);
	memory_add(&plan, 0, PAGES_MAX);
	some[3 * PAGE + PAGE - 1] = 1;
	some[4 * PAGE] = 1;
	data_add(&plan, 0, PAGE, zeroes, 8 * PAGE);
	data_add(&plan, 1, PAGE, some, 8 * PAGE);
	module = module_create(&plan.desc);
	image_eq(module, 0, 0, 0);
	image_eq(module, 1, 4 * PAGE, 2 * PAGE);
	shim_module_destroy(module);
}

TEST("the last byte of a memory, and one past it")
{
	struct plan plan;

	plan_init(&plan);
	memory_add(&plan, 0, 3);
	data_add(&plan, 0, 3 * 65536 - 1, "x", 1);
	test_ok(has_images(&plan));
	plan.data[0].offset.bits++;
	test_ok(!has_images(&plan));
	/* An empty segment fits at the very end, and not after it. */
	plan.data[0].length = 0;
	test_ok(has_images(&plan));
	plan.data[0].offset.bits++;
	test_ok(!has_images(&plan));
	plan.data[0].offset.bits = UINT32_MAX;
	test_ok(!has_images(&plan));
}

TEST("one segment that does not fit leaves all memories without image")
{
	struct plan plan;

	plan_init(&plan);
	memory_add(&plan, 0, 1);
	memory_add(&plan, 0, 1);
	data_add(&plan, 0, 0, "right", 5);
	data_add(&plan, 1, 65535, "wrong", 5);
	test_ok(!has_images(&plan));
	plan.desc.data_count = 1;
	test_ok(has_images(&plan));
	/* Only active segments matter: a passive one may be of any length. */
	plan.desc.data_count = 2;
	plan.data[1].mode = SHIM_SEGMENT_PASSIVE;
	test_ok(has_images(&plan));
}

TEST("64-bit memories: the whole range of offsets")
{
	struct shim_module *module;
	struct plan plan;

	plan_init(&plan);
	memory_add(&plan, SHIM_PLAN_64, UINT64_C(1) << 48);
	data_add(&plan, 0, UINT64_C(1) << 40, "x", 1);
	module = module_create(&plan.desc);
	image_eq(module, 0, UINT64_C(1) << 40, PAGE);
	shim_module_destroy(module);
	plan.data[0].offset.bits = UINT64_MAX;
	test_ok(!has_images(&plan));
	plan.data[0].offset.bits = UINT64_MAX - 1;
	test_ok(!has_images(&plan));
	plan.data[0].offset.bits = -UINT64_C(65536) - 1;
	module = module_create(&plan.desc);
	image_eq(module, 0, -UINT64_C(65536) - PAGE, PAGE);
	shim_module_destroy(module);
}

TEST("an offset that only an instance knows")
{
	struct shim_module *module = module_write("2: 01 00 00 03 7f 00 | 5: 01 00 01 |"
						  "11: 02 00 41 00 0b 01 61 00 23 00 0b 01 62");

	test_ok(!shim_module_defined_image(module, 0));
	shim_module_destroy(module);
	/* An offset computed of constants is known. */
	module = module_write("5: 01 00 02 | 11: 01 00 41 80 80 02 41 02 6c 0b 01 61");
	image_eq(module, 0, 65536, PAGE);
	shim_module_destroy(module);
}

TEST("a segment for an imported memory, and a memory that is imported only")
{
	struct shim_module *module = module_write("2: 01 00 00 02 00 01 | 5: 01 00 01 |"
						  "11: 02 02 01 41 00 0b 01 61 00 41 00 0b 01 62");

	test_ok(!shim_module_defined_image(module, 0));
	shim_module_destroy(module);
	module = module_write("2: 01 00 00 02 00 01 | 5: 01 00 01 |"
			      "11: 01 02 01 41 00 0b 01 61");
	image_eq(module, 0, 0, PAGE);
	test_ok(!shim_module_defined_image(module, 1));
	shim_module_destroy(module);
}

/* Segments of data bytes together that span the given number of bytes. */
static bool span_has_image(uint64_t span, uint64_t data, uint64_t sparse_image)
{
	static unsigned char bytes[2 * MIB];
	struct plan plan;

	memset(bytes, 1, sizeof(bytes));
	plan_init(&plan);
	plan.desc.sparse_image = sparse_image;
	memory_add(&plan, 0, 65536);
	data_add(&plan, 0, 12345, bytes, data - 1);
	data_add(&plan, 0, 12345 + span - 1, bytes, 1);
	return has_images(&plan);
}

TEST("the density rule: less than twice the data, or less than the limit")
{
	test_ok(span_has_image(16 * MIB - 1, 2, 0));
	test_ok(!span_has_image(16 * MIB, 2, 0));
	test_ok(span_has_image(MIB - 1, 2, MIB));
	test_ok(!span_has_image(MIB, 2, MIB));
	test_ok(span_has_image(2 * MIB - 1, MIB, 1));
	test_ok(!span_has_image(2 * MIB, MIB, 1));
	test_ok(span_has_image(2 * MIB, MIB + 1, 1));
	test_ok(span_has_image(2 * MIB, 2 * MIB, 1));
}

TEST("the limit of a parsed module is changed by making it anew")
{
	struct shim_module *parsed =
		module_write("5: 01 00 02 | 11: 02 00 41 00 0b 01 61 00 41 80 80 04 0b 01 62");
	struct shim_module_desc desc = *shim_module_desc(parsed);
	struct shim_module *module;

	image_eq(parsed, 0, 0, 65536 + PAGE);
	desc.sparse_image = 1;
	module = module_create(&desc);
	test_ok(!shim_module_defined_image(module, 0));
	shim_module_destroy(module);
	shim_module_destroy(parsed);
}

TEST("memories that are sparse share the limit, and one too much disables all")
{
	struct plan plan;

	plan_init(&plan);
	plan.desc.sparse_image = MIB;
	for (uint32_t i = 0; i < 4; i++) {
		memory_add(&plan, 0, 100);
		data_add(&plan, i, 0, "x", 1);
		data_add(&plan, i, 300000, "x", 1);
	}
	plan.desc.data_count = 6; /* three memories: 900,003 bytes */
	test_ok(has_images(&plan));
	plan.desc.data_count = 8; /* four: 1,200,004 */
	test_ok(!has_images(&plan));
}

TEST("segments stay in the desc, image or not")
{
	struct shim_module *module = module_load("wasm/data");

	test_ok(shim_module_defined_image(module, 0));
	test_eq(shim_module_desc(module)->data_count, 5);
	test_mem(shim_module_desc(module)->data[0].bytes, "active", 6);
	shim_module_destroy(module);
}

TEST_MAIN()
