// SPDX-License-Identifier: MIT
/* Writes types and instructions as wasm-objdump does. */
#include "objdump_text.h"

#include <math.h>

const char *type_name(uint32_t type)
{
	switch (type) {
	case SHIM_TYPE_I32:
		return "i32";
	case SHIM_TYPE_I64:
		return "i64";
	case SHIM_TYPE_F32:
		return "f32";
	case SHIM_TYPE_F64:
		return "f64";
	case SHIM_TYPE_V128:
		return "v128";
	case SHIM_TYPE_FUNCREF:
		return "funcref";
	}
	return "externref";
}

void types_print(char *to, size_t size, const uint32_t *types, uint32_t count, bool brackets)
{
	size_t at = 0;

	to[0] = '\0';
	for (uint32_t i = 0; i < count; i++)
		at += (size_t)snprintf(to + at, size - at, "%s%s", i ? ", " : "",
				       type_name(types[i]));
	if (brackets) {
		memmove(to + 1, to, at + 1);
		to[0] = '(';
		strcpy(to + at + 1, ")");
	}
}

static float bits_to_float(uint64_t bits)
{
	uint32_t low = (uint32_t)bits;
	float value;

	memcpy(&value, &low, sizeof(value));
	return value;
}

static double bits_to_double(uint64_t bits)
{
	double value;

	memcpy(&value, &bits, sizeof(value));
	return value;
}

static const char *op_name(uint32_t op)
{
	static const char *const names[] = { "add", "sub", "mul" };
	static char name[16];
	bool is_32 = op <= SHIM_CONST_I32_MUL;

	snprintf(name, sizeof(name), "%s.%s", is_32 ? "i32" : "i64",
		 names[op - (is_32 ? SHIM_CONST_I32_ADD : SHIM_CONST_I64_ADD)]);
	return name;
}

void instr_print(char *to, size_t size, const struct shim_const_instr *instr, bool list)
{
	const char *mid = list ? ".const " : "=";
	uint64_t bits = instr->bits;

	switch (instr->op) {
	case SHIM_CONST_I32:
		snprintf(to, size, "i32%s%d", mid, (int)(uint32_t)bits);
		break;
	case SHIM_CONST_I64:
		snprintf(to, size, "i64%s%lld", mid, (long long)bits);
		break;
	case SHIM_CONST_F32:
		if (isnan(bits_to_float(bits)))
			snprintf(to, size, "f32%snan:0x%x", mid, (unsigned int)bits & 0x7fffff);
		else
			snprintf(to, size, "f32%s%a", mid, bits_to_float(bits));
		break;
	case SHIM_CONST_F64:
		snprintf(to, size, "f64%s%a", mid, bits_to_double(bits));
		break;
	case SHIM_CONST_GLOBAL_GET:
		snprintf(to, size, list ? "global.get %u" : "global=%u", instr->index);
		break;
	default:
		snprintf(to, size, "%s", op_name(instr->op));
	}
}

void names_strip(char *text)
{
	char *name, *end;

	while ((name = strstr(text, " <"))) {
		end = strchr(name, '>');
		memmove(name, end + 1, strlen(end + 1) + 1);
	}
}
