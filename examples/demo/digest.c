// SPDX-License-Identifier: MIT
/* Checksums of what an instance leaves. */
#include "digest.h"

#include <string.h>

/*
 * Each step is a bijection of the sum for a given word and of the word for a
 * given sum, so that two inputs that differ in one word have different sums.
 */
static uint64_t mix(uint64_t sum, uint64_t word)
{
	sum = (sum ^ word) * 0x9e3779b97f4a7c15u;
	return sum << 31 | sum >> 33;
}

uint64_t digest_bytes(const void *data, size_t length)
{
	const uint8_t *p = data;
	uint64_t sum = length, word;

	for (; length >= sizeof(word); length -= sizeof(word), p += sizeof(word)) {
		memcpy(&word, p, sizeof(word));
		sum = mix(sum, word);
	}
	if (length > 0) {
		word = 0;
		memcpy(&word, p, length);
		sum = mix(sum, word);
	}
	return sum;
}

/* Four independent sums, so that the processor need not wait for each multiplication. */
uint64_t digest_block(const void *block)
{
	const uint64_t *word = block;
	uint64_t sum[4] = { 1, 2, 3, 4 };

	for (size_t i = 0; i < DIGEST_BLOCK / sizeof(*word); i += 4)
		for (size_t j = 0; j < 4; j++)
			sum[j] = mix(sum[j], word[i + j]);
	return mix(mix(mix(sum[0], sum[1]), sum[2]), sum[3]);
}

static uint64_t digest_state(const struct instance *instance)
{
	const struct program *program = instance->program;
	uint8_t copy[STATE_ROOM];
	size_t size = program->state_size < sizeof(copy) ? program->state_size : sizeof(copy);

	memcpy(copy, instance->place.area[AREA_STATE], size);
	memset(copy + instance->memory_offset + offsetof(wasm_rt_memory_t, data), 0,
	       sizeof(void *));
	if (instance->table_offset != INSTANCE_NONE)
		memset(copy + instance->table_offset + offsetof(wasm_rt_funcref_table_t, data), 0,
		       sizeof(void *));
	if (program->host_offset != PROGRAM_NO_HOST)
		memset(copy + program->host_offset, 0, sizeof(void *));
	return digest_bytes(copy, size);
}

static uint64_t digest_table(const struct instance *instance)
{
	const wasm_rt_funcref_table_t *table = instance_table(instance);
	uintptr_t state = (uintptr_t)instance->place.area[AREA_STATE];
	uint64_t sum = 0;

	for (uint32_t i = 0; table && i < table->size; i++) {
		const wasm_rt_funcref_t *element = &table->data[i];
		uintptr_t owner = (uintptr_t)element->module_instance;

		sum = mix(sum, element->func_type);
		sum = mix(sum, (uintptr_t)element->func);
		sum = mix(sum, owner ? owner - state : UINT64_MAX);
	}
	return sum;
}

void digest_take(struct digest *digest, const struct instance *instance, struct outcome outcome)
{
	const struct wasi *host = &instance->host;

	digest->outcome = outcome;
	digest->exit_code = host->exit_code;
	digest->memory_pages = instance_memory(instance)->pages;
	digest->output = digest_bytes(host->output, host->output_length);
	digest->output_length = host->output_length;
	digest->state = digest_state(instance);
	digest->table = digest_table(instance);
}

const char *digest_compare(const struct digest *a, const struct digest *b)
{
	if (a->outcome.status != b->outcome.status || a->exit_code != b->exit_code)
		return "the way it ended";
	if (a->outcome.value != b->outcome.value)
		return "the result";
	if (a->output_length != b->output_length || a->output != b->output)
		return "the output";
	if (a->memory_pages != b->memory_pages)
		return "the size of the memory";
	if (a->state != b->state)
		return "the globals";
	if (a->table != b->table)
		return "the table";
	return NULL;
}
