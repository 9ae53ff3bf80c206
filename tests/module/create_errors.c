// SPDX-License-Identifier: MIT
// A desc that is wrong anywhere is refused with a message that names the item.
#include "module_test.h"

/* A valid module with one item of each kind; each test makes one value of it wrong. */
struct sample {
	uint32_t types[2];
	struct shim_type type[2];
	struct shim_import imports[4];
	uint32_t functions[2];
	struct shim_table_plan table;
	struct shim_memory_plan memory;
	struct shim_const_instr instrs[2]; /* for an initial value of several */
	struct shim_global global;
	struct shim_export exports[2];
	struct shim_element element;
	struct shim_element_segment elements;
	struct shim_data_segment data;
	struct shim_module_desc desc;
};

static void sample_init(struct sample *sample)
{
	*sample = (struct sample){
		.types = { SHIM_TYPE_I32, SHIM_TYPE_V128 },
		.type = { { .params = sample->types, .param_count = 2 }, { .kind = 0 } },
		.imports = {
			{ .module = { "m", 1 }, .name = { "f", 1 }, .type = 1 },
			{ .module = { "m", 1 }, .name = { "t", 1 }, .kind = SHIM_EXTERN_TABLE,
			  .table = { .type = SHIM_TYPE_FUNCREF } },
			{ .module = { "m", 1 }, .name = { "m", 1 }, .kind = SHIM_EXTERN_MEMORY },
			{ .module = { "m", 1 }, .name = { "g", 1 }, .kind = SHIM_EXTERN_GLOBAL,
			  .global = { .type = SHIM_TYPE_I32 } },
		},
		.functions = { 0, 1 },
		.table = { .type = SHIM_TYPE_EXTERNREF, .minimum = 3 },
		.memory = { .minimum = 1 },
		.global = { .type = { .type = SHIM_TYPE_I64 },
			    .init = { .op = SHIM_CONST_I64, .bits = 5 } },
		.exports = {
			{ .name = { "a", 1 }, .kind = SHIM_EXTERN_FUNCTION, .index = 2 },
			{ .name = { "b", 1 }, .kind = SHIM_EXTERN_GLOBAL, .index = 1 },
		},
		.element = { SHIM_CONST_REF_FUNC, 1 },
		.elements = { .type = SHIM_TYPE_FUNCREF, .count = 1,
			      .offset = { .op = SHIM_CONST_GLOBAL_GET, .index = 0 },
			      .elements = &sample->element },
		.data = { .memory = 1, .offset = { .op = SHIM_CONST_GLOBAL_GET, .index = 0 },
			  .bytes = "x", .length = 1 },
		.desc = {
			.size = sizeof(struct shim_module_desc),
			.flags = SHIM_MODULE_START,
			.start = 2,
			.type_count = 2, .types = sample->type,
			.import_count = 4, .imports = sample->imports,
			.defined_function_count = 2, .defined_functions = sample->functions,
			.defined_table_count = 1, .defined_tables = &sample->table,
			.defined_memory_count = 1, .defined_memories = &sample->memory,
			.defined_global_count = 1, .defined_globals = &sample->global,
			.export_count = 2, .exports = sample->exports,
			.element_count = 1, .elements = &sample->elements,
			.data_count = 1, .data = &sample->data,
		},
	};
}

#define FAILS(error, message, ...)                     \
	do {                                           \
		struct sample s;                       \
		sample_init(&s);                       \
		__VA_ARGS__;                           \
		create_fails(&s.desc, error, message); \
	} while (0)

TEST("the sample itself is right")
{
	struct sample sample;

	sample_init(&sample);
	shim_module_destroy(module_create(&sample.desc));
}

TEST("the desc: its size, flags and pointers")
{
	struct {
		struct shim_module_desc desc;
		uint64_t tail;
	} longer = { .desc = { .size = sizeof(longer) } };
	struct shim_module_desc desc = { .size = sizeof(desc) };
	struct shim_module *module;

	test_err(-EFAULT, shim_module_create(NULL, &module));
	test_str(shim_error(), "desc is NULL");
	test_err(-EFAULT, shim_module_create(&desc, NULL));
	test_str(shim_error(), "out is NULL");
	FAILS(-EINVAL, "size 0 is under 144", s.desc.size = 0);
	FAILS(-EINVAL, "size 143 is under 144", s.desc.size = 143);
	shim_module_destroy(module_create(&longer.desc));
	longer.tail = UINT64_C(1) << 63;
	create_fails(&longer.desc, -E2BIG,
		     "size 152 is over the 144 known here, and byte 151 is not 0");
	FAILS(-EOPNOTSUPP, "flags 0x2 has unknown bits", s.desc.flags = 2);
}

TEST("pointers that are NULL")
{
	FAILS(-EFAULT, "types is NULL, and there are 2", s.desc.types = NULL);
	FAILS(-EFAULT, "imports is NULL, and there are 4", s.desc.imports = NULL);
	FAILS(-EFAULT, "defined_functions is NULL, and there are 2",
	      s.desc.defined_functions = NULL);
	FAILS(-EFAULT, "defined_tables is NULL, and there are 1", s.desc.defined_tables = NULL);
	FAILS(-EFAULT, "defined_memories is NULL, and there are 1", s.desc.defined_memories = NULL);
	FAILS(-EFAULT, "defined_globals is NULL, and there are 1", s.desc.defined_globals = NULL);
	FAILS(-EFAULT, "exports is NULL, and there are 2", s.desc.exports = NULL);
	FAILS(-EFAULT, "elements is NULL, and there are 1", s.desc.elements = NULL);
	FAILS(-EFAULT, "data is NULL, and there are 1", s.desc.data = NULL);
	FAILS(-EFAULT, "types[0]: params is NULL, and there are 2", s.type[0].params = NULL);
	FAILS(-EFAULT, "types[1]: results is NULL, and there are 9", s.type[1].result_count = 9);
	FAILS(-EFAULT, "imports[1]: module is NULL, and has 1 bytes",
	      s.imports[1].module.bytes = NULL);
	FAILS(-EFAULT, "imports[3]: name is NULL, and has 1 bytes", s.imports[3].name.bytes = NULL);
	FAILS(-EFAULT, "defined_globals[0]: instrs is NULL, and there are 1",
	      s.global.init = (struct shim_const_instr){ .index = 1 });
	FAILS(-EFAULT, "defined_globals[0]: v128 is NULL, and there are 2",
	      s.global.init = (struct shim_const_instr){ .op = SHIM_CONST_V128 });
	FAILS(-EFAULT, "defined_globals[0]: v128 is NULL, and there are 2",
	      s.instrs[0].op = SHIM_CONST_I64;
	      s.instrs[1].op = SHIM_CONST_V128;
	      s.global.init = (struct shim_const_instr){ .index = 2, .instrs = s.instrs });
	FAILS(-EFAULT, "exports[1]: name is NULL, and has 1 bytes", s.exports[1].name.bytes = NULL);
	FAILS(-EFAULT, "elements[0]: instrs is NULL, and there are 2",
	      s.elements.offset = (struct shim_const_instr){ .index = 2 });
	FAILS(-EFAULT, "elements[0]: elements is NULL, and there are 1",
	      s.elements.elements = NULL);
	FAILS(-EFAULT, "data[0]: instrs is NULL, and there are 1",
	      s.data.offset = (struct shim_const_instr){ .index = 1 });
	FAILS(-EFAULT, "data[0]: bytes is NULL, and there are 1", s.data.bytes = NULL);
}

TEST("a length that no memory is large enough for")
{
	FAILS(-ENOMEM, "data[0]: no memory for 4611686018427387904 bytes",
	      s.data.length = UINT64_C(1) << 62);
	FAILS(-ENOMEM, "data[0]: no memory for 18446744073709551615 bytes",
	      s.data.length = UINT64_MAX);
}

TEST("types, imports and functions")
{
	FAILS(-EINVAL, "type 0: param 1: type 0x00 is no value type", s.types[1] = 0);
	FAILS(-EINVAL, "import 0: kind 5 is not one of 0..4", s.imports[0].kind = 5);
	FAILS(-EINVAL, "import 0: type 2 is past the 2 there are", s.imports[0].type = 2);
	FAILS(-EINVAL, "import 1: type 0x7f is no reference",
	      s.imports[1].table.type = SHIM_TYPE_I32);
	FAILS(-EINVAL, "import 2: minimum 65537 is over 65536 pages",
	      s.imports[2].memory.minimum = 65537);
	FAILS(-EINVAL, "import 3: type 0x01 is no value type", s.imports[3].global.type = 1);
	FAILS(-EINVAL, "import 3: mutability 2 is not 0 or 1", s.imports[3].global.is_mutable = 2);
	FAILS(-EINVAL, "import 0: module name is not UTF-8 at its byte 0",
	      s.imports[0].module.bytes = "\xff");
	FAILS(-EINVAL, "import 2: name is not UTF-8 at its byte 0",
	      s.imports[2].name.bytes = "\x80");
	FAILS(-EINVAL, "function 2: type 2 is past the 2 there are", s.functions[1] = 2);
}

TEST("kinds, groups and supertypes")
{
	FAILS(-EINVAL, "type 1: kind 3 is not one of 0..2", s.type[1].kind = 3);
	FAILS(-EINVAL, "type 1: an array of 0 fields, must be 1", s.type[1].kind = SHIM_KIND_ARRAY);
	FAILS(-EINVAL, "type 1: flags 0x4 have unknown bits", s.type[1].flags = 4);
	FAILS(-EINVAL, "type 0: supertype (ref null 0) is not before it",
	      s.type[0].flags = SHIM_TYPE_SUB);
	FAILS(-EINVAL, "type 1: supertype 0 is final", s.type[1].flags = SHIM_TYPE_SUB);
	FAILS(-EINVAL, "type 1: does not match supertype 0", s.type[0].flags = SHIM_TYPE_OPEN;
	      s.type[1].flags = SHIM_TYPE_SUB);
	FAILS(-EINVAL, "type 1: a group of 1 inside of another", s.type[0].group_count = 2;
	      s.type[1].group_count = 1);
	FAILS(-EINVAL, "type 1: a group of 2 types, 1 are there", s.type[1].group_count = 2);
	FAILS(-EINVAL, "type 1: a group of 4294967295 types is over 1073741822",
	      s.type[1].group_count = UINT32_MAX);
	FAILS(-EINVAL, "type 0: param 1: type (ref null 1) is no value type",
	      s.types[1] = SHIM_TYPE_INDEX | 1);
	FAILS(-EINVAL, "import 0: type 1 is not of functions", s.type[1].kind = SHIM_KIND_STRUCT);
	FAILS(-EINVAL, "type 0: has what its kind does not have",
	      s.type[0].kind = SHIM_KIND_STRUCT);
	FAILS(-EINVAL, "type 1: reserved is not 0", s.type[1].reserved = 1);
	FAILS(-EFAULT, "types[1]: fields is NULL, and there are 2", s.type[1].field_count = 2);
}

TEST("tags")
{
	static const uint32_t tags[] = { 0, 3 };

	FAILS(-EFAULT, "defined_tags is NULL, and there are 1", s.desc.defined_tag_count = 1);
	FAILS(-EINVAL, "tag 1: type 3 is past the 2 there are", s.desc.defined_tags = tags;
	      s.desc.defined_tag_count = 2);
	FAILS(-EINVAL, "tag 0: type 0 has results", s.desc.defined_tags = tags;
	      s.desc.defined_tag_count = 1; s.type[0].results = s.types;
	      s.type[0].result_count = 1);
	FAILS(-EINVAL, "export 0: tag 2 is past the 0 there are",
	      s.exports[0].kind = SHIM_EXTERN_TAG);
}

TEST("tables and memories")
{
	FAILS(-EINVAL, "table 1: minimum 4294967296 is over 4294967295 elements",
	      s.table.minimum = UINT64_C(1) << 32);
	FAILS(-EINVAL, "table 1: maximum 4294967296 is over 4294967295 elements",
	      s.table.maximum = UINT64_C(1) << 32;
	      s.table.flags = SHIM_PLAN_MAXIMUM);
	FAILS(-EINVAL, "table 1: minimum 3 is over maximum 2", s.table.maximum = 2;
	      s.table.flags = SHIM_PLAN_MAXIMUM);
	FAILS(-EINVAL, "table 1: flags 0x8 has unknown bits", s.table.flags = 8);
	FAILS(-EINVAL, "table 1: type (ref 0x6f) has no null, and there is no initial value",
	      s.table.type |= SHIM_TYPE_NON_NULL);
	FAILS(-EINVAL, "table 1: initial value: has type 0x7e, must be 0x6f",
	      s.table.init = s.global.init);
	FAILS(-EINVAL, "import 1: an imported table has an initial value",
	      s.imports[1].table.init = s.global.init);
	FAILS(-EOPNOTSUPP, "table 1: shared tables are not supported",
	      s.table.flags = SHIM_PLAN_SHARED);
	FAILS(-EINVAL, "memory 1: flags 0x80000000 has unknown bits", s.memory.flags = 1u << 31);
	FAILS(-EINVAL, "memory 1: is shared and has no maximum", s.memory.flags = SHIM_PLAN_SHARED);
	FAILS(-EINVAL, "memory 1: minimum 1 is over maximum 0", s.memory.flags = SHIM_PLAN_MAXIMUM);
	FAILS(-EINVAL, "memory 1: minimum 281474976710657 is over 281474976710656 pages",
	      s.memory.flags = SHIM_PLAN_64;
	      s.memory.minimum = (UINT64_C(1) << 48) + 1);
}

TEST("globals")
{
	FAILS(-EINVAL, "global 1: type 0x75 is no value type", s.global.type.type = 0x75);
	FAILS(-EINVAL, "global 1: mutability 255 is not 0 or 1", s.global.type.is_mutable = 255);
	FAILS(-EINVAL, "global 1: initial value: has type 0x7e, must be 0x7d",
	      s.global.type.type = SHIM_TYPE_F32);
	FAILS(-EINVAL, "global 1: initial value: leaves 0 values, must be 1",
	      s.global.init.op = SHIM_CONST_EXPR);
	FAILS(-EINVAL, "global 1: initial value: opcode 0x10 is not constant",
	      s.global.init = (struct shim_const_instr){ .op = 0x10 });
	FAILS(-EINVAL, "global 1: initial value: opcode 0x41 has bits that its value does not have",
	      s.global.init.op = SHIM_CONST_I32;
	      s.global.init.bits = UINT64_C(1) << 32);
	FAILS(-EINVAL, "global 1: initial value: opcode 0xd0 has bits that its value does not have",
	      s.global.init.op = SHIM_CONST_REF_NULL;
	      s.global.init.index = SHIM_TYPE_FUNCREF);
	FAILS(-EINVAL, "global 1: initial value: opcode 0x00 is not constant",
	      s.instrs[0] = (struct shim_const_instr){ .index = 1, .instrs = s.instrs };
	      s.global.init = s.instrs[0]);
}

TEST("exports and start")
{
	FAILS(-EINVAL, "export 0: kind 5 is not one of 0..4", s.exports[0].kind = 5);
	FAILS(-EINVAL, "export 0: kind 4294967295 is not one of 0..4",
	      s.exports[0].kind = UINT32_MAX);
	FAILS(-EINVAL, "export 0: function 3 is past the 3 there are", s.exports[0].index = 3);
	FAILS(-EINVAL, "export 1: global 2 is past the 2 there are", s.exports[1].index = 2);
	FAILS(-EINVAL, "export 1 has the name of export 0", s.exports[1].name.bytes = "a");
	FAILS(-EINVAL, "start: function 3 is past the 3 there are", s.desc.start = 3);
	FAILS(-EINVAL, "start: function 1 has params or results", s.desc.start = 1);
}

TEST("segments")
{
	FAILS(-EINVAL, "element 0: mode 3 is not one of 0..2", s.elements.mode = 3);
	FAILS(-EINVAL, "element 0: table 2 is past the 2 there are", s.elements.table = 2);
	FAILS(-EINVAL, "element 0: type 0x70 is not table 1's 0x6f", s.elements.table = 1);
	FAILS(-EINVAL, "element 0: type 0x7f is no reference", s.elements.type = SHIM_TYPE_I32);
	FAILS(-EINVAL, "element 0: item 0: function 3 is past the 3 there are",
	      s.element.index = 3);
	FAILS(-EINVAL, "element 0: item 0: has type 0x7f, must be 0x70",
	      s.element.op = SHIM_CONST_I32);
	FAILS(-EINVAL, "element 0: item 0: has type 0x7f, must be 0x70",
	      s.element.op = SHIM_CONST_GLOBAL_GET;
	      s.element.index = 0);
	FAILS(-EINVAL, "element 0: offset: global 2 is past the 2 there are",
	      s.elements.offset.index = 2);
	FAILS(-EINVAL, "element 0: offset: has type 0x7e, must be 0x7f",
	      s.elements.offset.index = 1);
	FAILS(-EINVAL, "element 0: item 0: expression 0 is past the 0 there are",
	      s.element.op = SHIM_ELEMENT_EXPR;
	      s.element.index = 0);
	FAILS(-EINVAL, "element 0: expression 0: has type 0x7e, must be 0x70",
	      s.elements.exprs = &s.global.init;
	      s.elements.expr_count = 1);
	FAILS(-EFAULT, "elements[0]: exprs is NULL, and there are 1", s.elements.expr_count = 1);
	FAILS(-EINVAL, "data 0: mode 2 is not one of 0..1", s.data.mode = SHIM_SEGMENT_DECLARED);
	FAILS(-EINVAL, "data 0: memory 2 is past the 2 there are", s.data.memory = 2);
	FAILS(-EINVAL, "data 0: offset: has type 0x7f, must be 0x7e",
	      s.memory.flags = SHIM_PLAN_64);
}

TEST_MAIN()
