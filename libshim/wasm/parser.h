/* SPDX-License-Identifier: MIT */
/*
 * The parser of a WebAssembly binary, which fills the desc of a module.
 *
 * Every function that reads returns 0 or a negative errno with a message that names
 * the section and a byte of the binary. What takes more than one byte is checked
 * once it is complete, and the message then names the byte where it begins.
 */
#ifndef SHIM_PARSER_H
#define SHIM_PARSER_H

#include "module/lists.h"
#include "wasm/reader.h"

/*
 * Items of a list whose length is known at its end only: each byte of the binary is read
 * once, and the list is then copied. Used again for the next list; all zero: empty.
 */
struct shim_wasm_scratch {
	void *items;
	size_t room; /* items */
};

/* One thread parses one binary, so there is no lock. */
struct shim_wasm_parser {
	struct shim_wasm_reader reader;
	struct shim_module *module;
	uint8_t last_order;		 /* of the sections read so far */
	bool has_data_count;		 /* a data count section was read, ... */
	uint32_t data_count;		 /* ... and this is its count */
	uint32_t bodies;		 /* read so far */
	uint32_t type_room;		 /* of desc.types, which grows */
	struct shim_wasm_scratch instrs; /* of the expression that is read */
	struct shim_wasm_scratch exprs;	 /* of the element segment that is read */
};

/* ---- binary.c --------------------------------------------------------------- */

/* shim_module_parse() of a file, in parts. -EAGAIN: it changed, and the errors of pread(2). */
int shim_wasm_file_parse(struct shim_file_view *file, struct shim_module **out);

/* ---- sections.c ------------------------------------------------------------- */

struct shim_wasm_section {
	const char *part;	  /* the reader's part while it is read */
	uint8_t order;		  /* its place in the order; 0: anywhere, any number of times */
	enum shim_list_kind list; /* the list that it holds, if read is NULL */
	int (*read)(struct shim_wasm_parser *parser);
	bool is_long; /* read loads what it needs of a file */
};

/* By id. */
#define SHIM_WASM_SECTIONS 14
extern const struct shim_wasm_section shim_wasm_sections[SHIM_WASM_SECTIONS];

/* Reads the content of a section; the reader is at its start. */
int shim_wasm_section_read(struct shim_wasm_parser *parser,
			   const struct shim_wasm_section *section);

/* ---- type_section.c -------------------------------------------------------- */

int shim_wasm_types_read(struct shim_wasm_parser *parser);

/* ---- items: each function fills one, which is zeroed and of its list's type --- */

int shim_wasm_import_read(struct shim_wasm_parser *parser, void *item);
int shim_wasm_function_read(struct shim_wasm_parser *parser, void *item);
int shim_wasm_table_read(struct shim_wasm_parser *parser, void *item);
int shim_wasm_memory_read(struct shim_wasm_parser *parser, void *item);
int shim_wasm_tag_read(struct shim_wasm_parser *parser, void *item);
int shim_wasm_global_read(struct shim_wasm_parser *parser, void *item);
int shim_wasm_export_read(struct shim_wasm_parser *parser, void *item);
int shim_wasm_element_read(struct shim_wasm_parser *parser, void *item);
int shim_wasm_data_read(struct shim_wasm_parser *parser, void *item);

/* All of a data segment but its bytes, which come next; all of it is loaded. */
int shim_wasm_data_head_read(struct shim_wasm_parser *parser, struct shim_data_segment *segment);

/* ---- parts of items ----------------------------------------------------------- */

/* A code of a proposal that is not supported. The names are those of its repository. */
struct shim_wasm_code {
	uint8_t code;
	const char *proposal; /* NULL in the last of an array */
};

/* The proposal that a code is of, or NULL. */
const char *shim_wasm_proposal_of(const struct shim_wasm_code *codes, uint8_t code);

/* -EOPNOTSUPP, with the name of the proposal that the binary needs. */
int shim_wasm_unsupported(const struct shim_wasm_parser *parser, const char *proposal);

/* Reads the type of a value, as struct shim_module_desc has it. */
int shim_wasm_value_type_read(struct shim_wasm_parser *parser, const char *what, uint32_t *type);
/* Reads what is referred to, and gives the type of a reference to it that may be null. */
int shim_wasm_heap_type_read(struct shim_wasm_parser *parser, const char *what, uint32_t *type);
int shim_wasm_field_read(struct shim_wasm_parser *parser, struct shim_field *field);
int shim_wasm_mutability_read(struct shim_wasm_parser *parser, uint32_t *is_mutable);

/* Reads a constant expression; shim_const_check() validates it. */
int shim_wasm_expr_read(struct shim_wasm_parser *parser, struct shim_const_instr *expr);

/* Frees what the reading of expressions needed. */
void shim_wasm_exprs_uninit(struct shim_wasm_parser *parser);

/*
 * Reads the expressions of count elements. Those of more than one instruction, or of one that
 * struct shim_element does not have, become expressions of the segment.
 */
int shim_wasm_element_exprs_read(struct shim_wasm_parser *parser,
				 struct shim_element_segment *segment,
				 struct shim_element *elements, uint32_t count);

#endif /* SHIM_PARSER_H */
