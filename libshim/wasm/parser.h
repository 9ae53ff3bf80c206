/* SPDX-License-Identifier: MIT */
#ifndef SHIM_PARSER_H
#define SHIM_PARSER_H

#include "module/module.h"
#include "wasm/reader.h"

/*
 * The parser of a WebAssembly binary. What it reads goes into the module's
 * desc; a thing that spans more than one byte is checked when all of it is
 * there, and the error then names the byte where it begins.
 */
struct shim_wasm_parser {
	struct shim_wasm_reader reader;
	struct shim_module *module;
	uint8_t last_order; /* of the sections so far */
	bool has_data_count;
	uint32_t data_count;
	uint32_t bodies;
};

/* Items of sections; each fills in one, zeroed before, of the list's type. */
int shim_wasm_type_read(struct shim_wasm_parser *parser, void *item);
int shim_wasm_import_read(struct shim_wasm_parser *parser, void *item);
int shim_wasm_function_read(struct shim_wasm_parser *parser, void *item);
int shim_wasm_table_read(struct shim_wasm_parser *parser, void *item);
int shim_wasm_memory_read(struct shim_wasm_parser *parser, void *item);
int shim_wasm_global_read(struct shim_wasm_parser *parser, void *item);
int shim_wasm_export_read(struct shim_wasm_parser *parser, void *item);
int shim_wasm_element_read(struct shim_wasm_parser *parser, void *item);
int shim_wasm_data_read(struct shim_wasm_parser *parser, void *item);

/* One byte that must be one of enum shim_value_type. */
int shim_wasm_value_type_read(struct shim_wasm_parser *parser, const char *what, uint8_t *type);

/* A constant expression; whether it is valid is not checked here. */
int shim_wasm_expr_read(struct shim_wasm_parser *parser, struct shim_const_expr *expr);

/* The one instruction of an element, and its end. */
int shim_wasm_element_expr_read(struct shim_wasm_parser *parser, struct shim_element *element);

#endif /* SHIM_PARSER_H */
