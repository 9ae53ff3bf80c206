// SPDX-License-Identifier: MIT
// A stripped module does whatever the module did, each rule of segments apart and at random.
#include "test.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libshim.h>

#include "capi.h"
#include "soak.h"

#define CASE(name, segments, env, text)   \
	{                                 \
		name, segments, env, text \
	}

/* Each function of a text has no params and an i32. */
static const struct {
	const char *name;
	int segments; /* that go into the image */
	const char *env, *text;
} cases[] = {
	CASE("two overlap", 2, NULL,
	     "(memory (export \"m\") 1) (data (i32.const 0) \"aaaa\") (data (i32.const 2) \"bb\")"),
	CASE("the second does not fit", 1, NULL,
	     "(memory (export \"m\") 1) (data (i32.const 0) \"aaaa\") (data (i32.const 65535) \"bb\")"),
	CASE("the first does not fit", 0, NULL,
	     "(memory (export \"m\") 1) (data (i32.const -1) \"a\") (data (i32.const 2) \"bb\")"),
	CASE("the last bytes", 1, NULL,
	     "(memory (export \"m\") 1) (data (i32.const 65532) \"tail\")"),
	CASE("an empty one at the end", 2, NULL,
	     "(memory (export \"m\") 1) (data (i32.const 65536) \"\") (data (i32.const 1) \"x\")"),
	CASE("an empty one past the end", 1, NULL,
	     "(memory (export \"m\") 1) (data (i32.const 1) \"x\") (data (i32.const 65537) \"\")"),
	CASE("an offset of an imported global", 1,
	     "(global (export \"g\") i32 (i32.const 2)) (memory (export \"other\") 3)",
	     "(import \"env\" \"g\" (global $g i32)) (memory (export \"m\") 1)"
	     "(data (i32.const 0) \"aaaa\") (data (global.get $g) \"bbbb\") (data (i32.const 4) \"cc\")"),
	CASE("an offset of an own global", 0, NULL,
	     "(global $g i32 (i32.const 2)) (memory (export \"m\") 1)"
	     "(data (global.get $g) \"bbbb\") (data (i32.const 4) \"cc\")"),
	CASE("an offset that is computed", 2, NULL,
	     "(memory (export \"m\") 1) (data (i32.add (i32.const 70000) (i32.const -60000)) \"sum\")"
	     "(data (i32.mul (i32.const 3) (i32.const 5)) \"product\")"),
	CASE("64 bits", 2, NULL,
	     "(memory (export \"m\") i64 2) (data (i64.const 100000) \"far\") (data (i64.const 0) \"n\")"),
	CASE("64 bits, and an offset that wraps", 1, NULL,
	     "(memory (export \"m\") i64 1) (data (i64.const 1) \"x\") (data (i64.const -1) \"xy\")"),
	CASE("an imported memory", 0, "(memory (export \"m\") 1)",
	     "(import \"env\" \"m\" (memory 1)) (data (i32.const 0) \"aaaa\")"),
	CASE("an own one beside an imported one", 0, "(memory (export \"m\") 1)",
	     "(import \"env\" \"m\" (memory 1)) (memory $b (export \"b\") 1)"
	     "(data (memory $b) (i32.const 0) \"aaaa\") (data (i32.const 8) \"bb\")"),
	CASE("an imported memory that comes before an own one", 0, "(memory (export \"m\") 1)",
	     "(import \"env\" \"m\" (memory 1)) (memory (export \"b\") 1)"
	     "(data (i32.const 0) \"aaaa\")"),
	CASE("a second memory", 1, NULL,
	     "(memory $a (export \"a\") 1) (memory $b (export \"b\") 1) (data (i32.const 0) \"a\")"
	     "(data (memory $b) (i32.const 0) \"b\") (data (i32.const 0) \"c\")"),
	CASE("passive ones between, which instructions name", 2, NULL,
	     "(memory (export \"m\") 1) (data $a (i32.const 8) \"hello\") (data $b \"passive\")"
	     "(data $c (i32.const 10) \"XY\")"
	     "(func (export \"0\") (result i32) (memory.init $a (i32.const 100) (i32.const 0) (i32.const 0)) (i32.const 1))"
	     "(func (export \"1\") (result i32) (memory.init $a (i32.const 100) (i32.const 0) (i32.const 1)) (i32.const 1))"
	     "(func (export \"2\") (result i32) (memory.init $b (i32.const 200) (i32.const 0) (i32.const 7)) (i32.const 1))"
	     "(func (export \"3\") (result i32) (memory.init $b (i32.const 200) (i32.const 0) (i32.const 8)) (i32.const 1))"
	     "(func (export \"4\") (result i32) (data.drop $a) (data.drop $b) (i32.const 1))"
	     "(func (export \"5\") (result i32) (memory.init $b (i32.const 200) (i32.const 0) (i32.const 1)) (i32.const 1))"
	     "(func (export \"6\") (result i32) (memory.init $c (i32.const 200) (i32.const 0) (i32.const 2)) (i32.const 1))"),
	CASE("a passive one that nothing names", 2, NULL,
	     "(memory (export \"m\") 1) (data $a (i32.const 8) \"hello\") (data $b \"passive\")"
	     "(data $c (i32.const 10) \"XY\") (func (export \"0\") (result i32) (i32.load8_u (i32.const 10)))"),
	CASE("a start function that reads and writes", 1, NULL,
	     "(memory (export \"m\") 1) (data (i32.const 8) \"hello\") (start $s)"
	     "(func $s (i32.store8 (i32.const 9) (i32.load8_u (i32.const 12))))"),
	CASE("a start function that traps", 1, NULL,
	     "(memory (export \"m\") 1) (data (i32.const 8) \"hello\") (start $s) (func $s unreachable)"),
	CASE("elements that fit", 1,
	     "(table (export \"t\") 4 funcref) (type $r (func (result i32)))"
	     "(func (export \"call\") (result i32) (call_indirect (type $r) (i32.const 0)))",
	     "(import \"env\" \"t\" (table 4 funcref)) (memory (export \"m\") 1) (data (i32.const 0) \"seen\")"
	     "(func $peek (result i32) (i32.load (i32.const 0))) (elem (i32.const 0) $peek)"),
	CASE("elements that fail when others can call already", 0,
	     "(table (export \"t\") 4 funcref) (type $r (func (result i32)))"
	     "(func (export \"call\") (result i32) (call_indirect (type $r) (i32.const 0)))",
	     "(import \"env\" \"t\" (table 4 funcref)) (memory (export \"m\") 1) (data (i32.const 0) \"seen\")"
	     "(func $peek (result i32) (i32.load (i32.const 0))) (elem (i32.const 0) $peek)"
	     "(elem (i32.const 4) $peek)"),
	CASE("data that fail when others can call already", 1,
	     "(table (export \"t\") 4 funcref) (type $r (func (result i32)))"
	     "(func (export \"call\") (result i32) (call_indirect (type $r) (i32.const 0)))",
	     "(import \"env\" \"t\" (table 4 funcref)) (memory (export \"m\") 1) (data (i32.const 0) \"seen\")"
	     "(data (i32.const 65536) \"x\") (data (i32.const 0) \"late\")"
	     "(func $peek (result i32) (i32.load (i32.const 0))) (elem (i32.const 0) $peek)"),
	CASE("elements of an own table that fail", 1, NULL,
	     "(table 1 funcref) (memory (export \"m\") 1) (data (i32.const 0) \"seen\")"
	     "(func $f) (elem (i32.const 1) $f)"),
	CASE("segments far apart", 0, NULL,
	     "(memory (export \"m\") 600) (data (i32.const 0) \"a\") (data (i32.const 30000000) \"b\")"),
	CASE("zeroes only", 1, NULL,
	     "(memory (export \"m\") 1) (data (i32.const 5000) \"\\00\\00\")"),
	CASE("a memory without pages", 1, NULL,
	     "(memory (export \"m\") 0 1) (data (i32.const 0) \"\")"),
	CASE("no segment", 0, NULL, "(memory (export \"m\") 1)"),
	CASE("no memory", 0, NULL, "(func (export \"0\") (result i32) (i32.const 7))"),
	CASE("growth, and what it finds", 1, NULL,
	     "(memory (export \"m\") 1 5) (data (i32.const 65530) \"abcdef\")"
	     "(func (export \"0\") (result i32) (memory.grow (i32.const 3)))"
	     "(func (export \"1\") (result i32) (memory.fill (i32.const 65536) (i32.const 7) (i32.const 196608)) (i32.const 0))"
	     "(func (export \"2\") (result i32) (memory.grow (i32.const 2)))"
	     "(func (export \"3\") (result i32) (i32.load (i32.const 262144)))"),
	CASE("the heap of the garbage collector comes first", 1, NULL,
	     "(type $s (struct (field i32))) (memory (export \"m\") 1) (data (i32.const 0) \"mine\")"
	     "(global $g (ref $s) (struct.new $s (i32.const 42)))"
	     "(func (export \"0\") (result i32) (struct.get $s 0 (global.get $g)))"),
};

static struct vector module_of(const char *text)
{
	size_t length = strlen(text) + 16;
	char *whole = malloc(length);
	struct vector binary;

	snprintf(whole, length, "(module %s)", text);
	binary = binary_of(whole);
	free(whole);
	return binary;
}

static void world_fill(struct world *world, const struct compiled *env,
		       const struct compiled *module)
{
	if (env->module)
		world_instantiate(world, env);
	world_instantiate(world, module);
	world_run(world);
}

/* Twice on each side, so that the slot is dirty the second time. */
static void compare(struct side sides[2], const char *env_text, const char *text)
{
	struct compiled modules[2], envs[2] = { { NULL, NULL }, { NULL, NULL } };
	struct vector binary = module_of(text), env = { 0, NULL };

	if (env_text)
		env = module_of(env_text);
	for (int i = 0; i < 2; i++) {
		modules[i] = module_compile(&sides[i], &binary);
		if (env_text)
			envs[i] = module_compile(&sides[i], &env);
	}
	for (int round = 0; round < 2; round++) {
		struct world worlds[2] = { world_make(&sides[0]), world_make(&sides[1]) };

		for (int i = 0; i < 2; i++)
			world_fill(&worlds[i], &envs[i], &modules[i]);
		test_context("%s, round %d", text, round);
		test_str(worlds[1].transcript, worlds[0].transcript);
		for (int i = 0; i < 2; i++) {
			world_dirty(&worlds[i], 0xa5 + round);
			world_free(&worlds[i]);
		}
	}
	for (int i = 0; i < 2; i++) {
		module_free(&modules[i]);
		if (env_text)
			module_free(&envs[i]);
	}
	wasm_byte_vec_delete(&binary);
	if (env_text)
		wasm_byte_vec_delete(&env);
}

TEST("the segments that each rule takes, and no others")
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct vector binary = module_of(cases[i].text);
		struct shim_stripped *stripped;

		test_eq(shim_module_strip(binary.data, binary.size, &stripped), 0);
		test_context("%s", cases[i].name);
		test_eq(stripped->segments, cases[i].segments);
		shim_stripped_destroy(stripped);
		wasm_byte_vec_delete(&binary);
	}
}

TEST("contents, results and traps of each are the same, in slots of others")
{
	struct side sides[2] = { side_make(0, 0), side_make(2, 0) };

	for (int round = 0; round < 2; round++)
		for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
			compare(sides, cases[i].env, cases[i].text);
	side_free(&sides[0]);
	side_free(&sides[1]);
}

TEST("contents are the same where the pool's slots are too small")
{
	struct side sides[2] = { side_make(0, 0), side_make(2, 64 << 20) };

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		compare(sides, cases[i].env, cases[i].text);
	side_free(&sides[0]);
	side_free(&sides[1]);
}

/* ---- at random -------------------------------------------------------------------------- */

struct text {
	char bytes[8192];
	size_t length;
};

static __attribute__((format(printf, 2, 3))) void add(struct text *text, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	text->length += (size_t)vsnprintf(text->bytes + text->length,
					  sizeof(text->bytes) - text->length, format, arguments);
	va_end(arguments);
	test_ok(text->length < sizeof(text->bytes));
}

static unsigned int below(uint64_t *seed, unsigned int limit)
{
	*seed = *seed * 6364136223846793005u + 1442695040888963407u;
	return (unsigned int)(*seed >> 33) % limit;
}

static void segment_add(struct text *text, uint64_t *seed, const char *width, bool has_second)
{
	unsigned int at = below(seed, 12) ? below(seed, 131000) : 131065 + below(seed, 10);

	switch (below(seed, 10)) {
	case 0:
		add(text, "(data \"passive %u\")", at);
		break;
	case 1:
		add(text, "(data (global.get $%s) \"global %u\")", width, at);
		break;
	case 2:
		if (has_second) {
			add(text, "(data (memory 1) (i32.const %u) \"second\")", at % 65536);
			break;
		}
		/* fall through */
	case 3:
		add(text, "(data (%s.add (%s.const %u) (%s.const 3)) \"sum %u\")", width, width, at,
		    width, at);
		break;
	default:
		add(text, "(data (%s.const %u) \"%.*s\")", width, at, (int)below(seed, 20),
		    "twenty bytes of text");
	}
}

static void text_make(struct text *text, uint64_t *seed)
{
	const char *width = below(seed, 4) ? "i32" : "i64";
	bool has_second = !below(seed, 3);
	unsigned int count = below(seed, 9);

	text->length = 0;
	add(text,
	    "(import \"env\" \"g\" (global $i32 i32)) (import \"env\" \"h\" (global $i64 i64))");
	add(text, "(memory (export \"m\") %s 2)%s", width,
	    has_second ? "(memory (export \"n\") 1)" : "");
	for (unsigned int i = 0; i < count; i++)
		segment_add(text, seed, width, has_second);
	/* Then there is a data count section. */
	for (unsigned int i = 0; i < count && below(seed, 2); i++)
		add(text,
		    "(func (export \"init%u\") (result i32) (memory.init %u (%s.const 0) (i32.const 0) (i32.const %u)) (i32.const 0))"
		    "(func (export \"drop%u\") (result i32) (data.drop %u) (i32.const 1))",
		    i, i, width, below(seed, 12), i, i);
}

TEST("modules made at random are the same")
{
	struct side sides[2] = { side_make(0, 0), side_make(3, 0) };
	uint64_t seed = soak_start(150);
	static struct text text;
	long round;

	for (round = 0; soak_goes_on(round); round++) {
		text_make(&text, &seed);
		compare(sides,
			"(global (export \"g\") i32 (i32.const 70)) (global (export \"h\") i64 (i64.const 80))",
			text.bytes);
	}
	soak_end(round);
	side_free(&sides[0]);
	side_free(&sides[1]);
}

TEST_MAIN()
