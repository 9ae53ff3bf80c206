// SPDX-License-Identifier: MIT
// wabt's wasm-objdump reads the same in every fixture and in modules in use elsewhere.
#include "module/const_expr.h"
#include "module_test.h"
#include "objdump_text.h"

/* One run of wasm-objdump -x, line by line, held against a module's desc. */
struct dump {
	const char *path;
	const char *line;
	const struct shim_module_desc *desc;
	uint32_t imported[SHIM_EXTERN_KINDS];
	char section[32];
	/* How many lines of each section; of the segment that was last. */
	uint32_t types, imports, functions, tables, memories, globals, exports, starts;
	uint32_t segments, elements, data;
	uint64_t data_at;
};

#define CHECK(dump, condition)                                                          \
	do {                                                                            \
		if (!(condition))                                                       \
			test_fail("%s: \"%s\": not so: %s", (dump)->path, (dump)->line, \
				  #condition);                                          \
	} while (0)

static void type_line(struct dump *dump)
{
	const struct shim_type *type = &dump->desc->types[dump->types];
	char params[4000], results[4000], expected[8300];

	CHECK(dump, dump->types < dump->desc->type_count);
	types_print(params, sizeof(params), type->params, type->param_count, true);
	types_print(results, sizeof(results), type->results, type->result_count,
		    type->result_count > 1);
	snprintf(expected, sizeof(expected), " - type[%u] %s -> %s", dump->types, params,
		 type->result_count ? results : "nil");
	test_str(dump->line, expected);
	dump->types++;
}

static void table_check(struct dump *dump, const struct shim_table_plan *plan)
{
	unsigned int index;
	unsigned long long minimum, maximum;
	char type[16];
	int found = sscanf(dump->line, " - table[%u] type=%15s initial=%llu max=%llu", &index, type,
			   &minimum, &maximum);

	CHECK(dump, found == (plan->flags & SHIM_PLAN_MAXIMUM ? 4 : 3));
	CHECK(dump, !strcmp(type, type_name(plan->type)));
	CHECK(dump, index == dump->tables && minimum == plan->minimum);
	CHECK(dump, found == 3 || maximum == plan->maximum);
	dump->tables++;
}

static void memory_check(struct dump *dump, const struct shim_memory_plan *plan)
{
	unsigned int index;
	unsigned long long minimum, maximum;
	int found = sscanf(dump->line, " - memory[%u] pages: initial=%llu max=%llu", &index,
			   &minimum, &maximum);

	CHECK(dump, found == (plan->flags & SHIM_PLAN_MAXIMUM ? 3 : 2));
	CHECK(dump, index == dump->memories && minimum == plan->minimum);
	CHECK(dump, found == 2 || maximum == plan->maximum);
	CHECK(dump, !strstr(dump->line, " shared") == !(plan->flags & SHIM_PLAN_SHARED));
	CHECK(dump, !strstr(dump->line, " i64") == !(plan->flags & SHIM_PLAN_64));
	dump->memories++;
}

static void global_check(struct dump *dump, const struct shim_global_type *global)
{
	unsigned int index, is_mutable;
	char type[16];

	CHECK(dump,
	      sscanf(dump->line, " - global[%u] %15s mutable=%u", &index, type, &is_mutable) == 3);
	CHECK(dump, index == dump->globals && is_mutable == global->is_mutable);
	CHECK(dump, !strcmp(type, type_name(global->type)));
	dump->globals++;
}

static void import_line(struct dump *dump)
{
	const struct shim_import *import = &dump->desc->imports[dump->imports];
	const char *name = strstr(dump->line, " <- ");
	unsigned int index, type;
	char expected[2048];

	CHECK(dump, dump->imports < dump->desc->import_count && name);
	/* Names with a NUL byte end there. */
	snprintf(expected, sizeof(expected), "%s.%s", import->module.bytes, import->name.bytes);
	CHECK(dump, !strncmp(name + 4, expected, strlen(expected)));
	switch (import->kind) {
	case SHIM_EXTERN_FUNCTION:
		CHECK(dump, sscanf(dump->line, " - func[%u] sig=%u", &index, &type) == 2);
		CHECK(dump, index == dump->functions && type == import->type);
		dump->functions++;
		break;
	case SHIM_EXTERN_TABLE:
		table_check(dump, &import->table);
		break;
	case SHIM_EXTERN_MEMORY:
		memory_check(dump, &import->memory);
		break;
	default:
		global_check(dump, &import->global);
	}
	dump->imports++;
}

static void function_line(struct dump *dump)
{
	uint32_t at = dump->functions - dump->imported[SHIM_EXTERN_FUNCTION];
	unsigned int index, type;

	CHECK(dump, sscanf(dump->line, " - func[%u] sig=%u", &index, &type) == 2);
	CHECK(dump, at < dump->desc->defined_function_count);
	CHECK(dump, index == dump->functions && type == dump->desc->defined_functions[at]);
	dump->functions++;
}

static void table_line(struct dump *dump)
{
	uint32_t at = dump->tables - dump->imported[SHIM_EXTERN_TABLE];

	CHECK(dump, at < dump->desc->defined_table_count);
	table_check(dump, &dump->desc->defined_tables[at]);
}

static void memory_line(struct dump *dump)
{
	uint32_t at = dump->memories - dump->imported[SHIM_EXTERN_MEMORY];

	CHECK(dump, at < dump->desc->defined_memory_count);
	memory_check(dump, &dump->desc->defined_memories[at]);
}

/* What stands after " - init ". */
static void init_check(struct dump *dump, const struct shim_const_instr *expr)
{
	char got[1024], expected[1024] = "", part[64];
	const char *init = NULL, *at = dump->line;
	uint32_t count;
	const struct shim_const_instr *instrs = shim_const_instrs(expr, &count);

	while ((at = strstr(at, " - init ")))
		init = at += strlen(" - init ");
	CHECK(dump, init);
	snprintf(got, sizeof(got), "%s", init);
	names_strip(got);
	for (uint32_t i = 0; i < count; i++) {
		instr_print(part, sizeof(part), &instrs[i], count > 1);
		snprintf(expected + strlen(expected), sizeof(expected) - strlen(expected), "%s%s",
			 !i && count > 1 ? "(" :
			 i		 ? ", " :
					   "",
			 part);
	}
	if (count > 1)
		strcat(expected, ")");
	if (strcmp(got, expected))
		test_fail("%s: \"%s\": expected \"%s\"", dump->path, dump->line, expected);
}

static void global_line(struct dump *dump)
{
	uint32_t at = dump->globals - dump->imported[SHIM_EXTERN_GLOBAL];
	const struct shim_global *global = &dump->desc->defined_globals[at];

	CHECK(dump, at < dump->desc->defined_global_count);
	global_check(dump, &global->type);
	/* This wasm-objdump shows undefined bytes for vectors and references. */
	switch (global->init.op) {
	case SHIM_CONST_V128:
	case SHIM_CONST_REF_NULL:
	case SHIM_CONST_REF_FUNC:
		break;
	default:
		init_check(dump, &global->init);
	}
}

static void export_line(struct dump *dump)
{
	static const char *const kinds[] = { "func", "table", "memory", "global" };
	const struct shim_export *export = &dump->desc->exports[dump->exports];
	const char *name = strstr(dump->line, " -> \"");
	char kind[16];
	unsigned int index;

	CHECK(dump, dump->exports < dump->desc->export_count && name);
	CHECK(dump, sscanf(dump->line, " - %15[a-z][%u]", kind, &index) == 2);
	CHECK(dump, !strcmp(kind, kinds[export->kind]) && index == export->index);
	CHECK(dump, !strncmp(name + 5, export->name.bytes, export->name.length));
	CHECK(dump, !strcmp(name + 5 + export->name.length, "\""));
	dump->exports++;
}

static void start_line(struct dump *dump)
{
	unsigned int index;

	CHECK(dump, sscanf(dump->line, " - start function: %u", &index) == 1);
	CHECK(dump, dump->desc->flags & SHIM_MODULE_START && index == dump->desc->start);
	dump->starts++;
}

static void element_line(struct dump *dump)
{
	const struct shim_element_segment *segment = &dump->desc->elements[dump->segments - 1];
	const struct shim_element *element = &segment->elements[dump->elements];
	const char *value = strstr(dump->line, " = ");
	unsigned int index;

	CHECK(dump, dump->elements < segment->count && value);
	if (sscanf(value, " = func[%u]", &index) == 1)
		CHECK(dump, element->op == SHIM_CONST_REF_FUNC && element->index == index);
	else
		CHECK(dump, element->op == SHIM_CONST_REF_NULL &&
				    !strncmp(value, " = ref.null ", 12) &&
				    !strcmp(value + 12, type_name((uint8_t)element->index)));
	dump->elements++;
}

/* All elements of the segment before have been seen. */
static void elements_end(struct dump *dump)
{
	if (dump->segments)
		CHECK(dump, dump->elements == dump->desc->elements[dump->segments - 1].count);
	dump->elements = 0;
}

static void element_segment_line(struct dump *dump)
{
	const struct shim_element_segment *segment = &dump->desc->elements[dump->segments];
	unsigned int index, flags, table, count;
	uint32_t mode;

	if (dump->line[0] == ' ' && dump->line[1] == ' ') {
		element_line(dump);
		return;
	}
	CHECK(dump, dump->segments < dump->desc->element_count);
	elements_end(dump);
	CHECK(dump, sscanf(dump->line, " - segment[%u] flags=%u table=%u count=%u", &index, &flags,
			   &table, &count) == 4);
	mode = !(flags & 1) ? SHIM_SEGMENT_ACTIVE :
	       flags & 2    ? SHIM_SEGMENT_DECLARED :
			      SHIM_SEGMENT_PASSIVE;
	CHECK(dump, index == dump->segments && count == segment->count && mode == segment->mode);
	if (mode == SHIM_SEGMENT_ACTIVE) {
		CHECK(dump, table == segment->table);
		init_check(dump, &segment->offset);
	}
	dump->segments++;
}

static void data_bytes_line(struct dump *dump)
{
	const struct shim_data_segment *segment = &dump->desc->data[dump->data - 1];
	const uint8_t *bytes = segment->bytes;
	const char *at = strchr(dump->line, ':');

	CHECK(dump, at);
	at += 2;
	/* Groups of two bytes, then blanks before the same as text. */
	while (*at && *at != ' ') {
		for (; *at && *at != ' '; at += 2) {
			unsigned int byte;

			CHECK(dump, sscanf(at, "%2x", &byte) == 1);
			CHECK(dump, dump->data_at < segment->length);
			CHECK(dump, bytes[dump->data_at] == byte);
			dump->data_at++;
		}
		at++;
	}
}

static void data_end(struct dump *dump)
{
	if (dump->data)
		CHECK(dump, dump->data_at == dump->desc->data[dump->data - 1].length);
	dump->data_at = 0;
}

static void data_segment_line(struct dump *dump)
{
	const struct shim_data_segment *segment = &dump->desc->data[dump->data];
	const char *memory = strstr(dump->line, " memory="), *size;
	bool active = memory;

	if (dump->line[0] == ' ' && dump->line[1] == ' ') {
		data_bytes_line(dump);
		return;
	}
	CHECK(dump, dump->data < dump->desc->data_count);
	data_end(dump);
	size = strstr(dump->line, " size=");
	CHECK(dump, size && strtoull(size + 6, NULL, 10) == segment->length);
	CHECK(dump, active == (segment->mode == SHIM_SEGMENT_ACTIVE));
	if (active) {
		CHECK(dump, strtoul(memory + 8, NULL, 10) == segment->memory);
		init_check(dump, &segment->offset);
	}
	dump->data++;
}

static void dump_line(struct dump *dump)
{
	static const struct {
		const char *section;
		void (*check)(struct dump *dump);
	} sections[] = {
		{ "Type", type_line },
		{ "Import", import_line },
		{ "Function", function_line },
		{ "Table", table_line },
		{ "Memory", memory_line },
		{ "Global", global_line },
		{ "Export", export_line },
		{ "Start", start_line },
		{ "Elem", element_segment_line },
		{ "Data", data_segment_line },
	};

	if (dump->line[0] != ' ') {
		sscanf(dump->line, "%31[A-Za-z]", dump->section);
		return;
	}
	for (size_t i = 0; i < ARRAY_SIZE(sections); i++)
		if (!strcmp(dump->section, sections[i].section))
			sections[i].check(dump);
}

static void dump_end(struct dump *dump)
{
	const struct shim_module_desc *desc = dump->desc;

	dump->line = "the end";
	elements_end(dump);
	data_end(dump);
	CHECK(dump, dump->types == desc->type_count);
	CHECK(dump, dump->imports == desc->import_count);
	CHECK(dump, dump->functions ==
			    dump->imported[SHIM_EXTERN_FUNCTION] + desc->defined_function_count);
	CHECK(dump, dump->tables == dump->imported[SHIM_EXTERN_TABLE] + desc->defined_table_count);
	CHECK(dump,
	      dump->memories == dump->imported[SHIM_EXTERN_MEMORY] + desc->defined_memory_count);
	CHECK(dump,
	      dump->globals == dump->imported[SHIM_EXTERN_GLOBAL] + desc->defined_global_count);
	CHECK(dump, dump->exports == desc->export_count);
	CHECK(dump, dump->starts == (desc->flags & SHIM_MODULE_START));
	CHECK(dump, dump->segments == desc->element_count);
	CHECK(dump, dump->data == desc->data_count);
}

static void same(const char *path)
{
	struct binary binary = binary_load(path);
	struct shim_module *module = module_parse(&binary);
	struct dump dump = { .path = path, .desc = shim_module_desc(module) };
	char command[1024], *line = NULL;
	size_t size = 0;
	FILE *pipe;

	for (uint32_t i = 0; i < dump.desc->import_count; i++)
		dump.imported[dump.desc->imports[i].kind]++;
	snprintf(command, sizeof(command), "wasm-objdump -x '%s'", path);
	pipe = popen(command, "r");
	test_ok(pipe);
	while (getline(&line, &size, pipe) >= 0) {
		line[strcspn(line, "\n")] = '\0';
		dump.line = line;
		dump_line(&dump);
	}
	test_eq(pclose(pipe), 0);
	dump_end(&dump);
	free(line);
	shim_module_destroy(module);
	binary_free(&binary);
}

TEST("every fixture")
{
	test_timeout(60);
	test_ok(folder_each("wasm", same) >= 10);
}

TEST("modules in use elsewhere")
{
	test_timeout(60);
	test_ok(folder_each("real", same) >= 7);
}

TEST_MAIN()
