// SPDX-License-Identifier: MIT
/* Fresh instances, each used once, and the comparison with them. */
#include "reference.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "input.h"

/* Checksums of all blocks of an instance's memory; NULL when there is no room for them. */
static uint64_t *blocks_take(const struct instance *instance, uint32_t *count)
{
	uint64_t *sums;

	*count = instance_memory(instance)->size / DIGEST_BLOCK;
	sums = malloc(*count * sizeof(*sums));
	for (uint32_t i = 0; sums && i < *count; i++)
		sums[i] =
			digest_block(instance->place.area[AREA_MEMORY] + (size_t)i * DIGEST_BLOCK);
	return sums;
}

static int reference_input(struct reference *reference, const struct program *program,
			   uint32_t seed)
{
	reference->input = malloc(INPUT_MAX);
	if (!reference->input)
		return -ENOMEM;
	reference->input_length = program->input(seed, reference->input, INPUT_MAX);
	return 0;
}

/* Runs the seed in a place of its own. */
static int reference_run(struct references *references, uint32_t seed, struct instance *instance)
{
	const struct program *program = references->program;
	struct reference *reference = &references->seed[seed];
	int expected = program->expected ? program->expected(seed) : 0;
	struct outcome outcome;
	int error;

	error = instance_start(instance, program);
	if (error)
		return error;
	if (!references->initial)
		references->initial = blocks_take(instance, &references->initial_count);
	outcome = instance_run(instance, seed, reference->input, reference->input_length);
	if (outcome.status != expected) {
		fprintf(stderr, "demo: %s, seed %u: ended with %d, not %d\n", program->name, seed,
			outcome.status, expected);
		return -EPROTO;
	}
	digest_take(&reference->digest, instance, outcome);
	reference->output = malloc(instance->host.output_length + 1);
	reference->block = blocks_take(instance, &reference->block_count);
	if (!references->initial || !reference->output || !reference->block)
		return -ENOMEM;
	memcpy(reference->output, instance->host.output, instance->host.output_length);
	return 0;
}

static int reference_create(struct references *references, uint32_t seed)
{
	struct instance *instance;
	int error;

	error = reference_input(&references->seed[seed], references->program, seed);
	if (error)
		return error;
	instance = malloc(sizeof(*instance));
	if (!instance)
		return -ENOMEM;
	error = place_plain_init(&instance->place);
	if (error)
		goto free_instance;
	error = reference_run(references, seed, instance);
	place_plain_free(&instance->place);
free_instance:
	free(instance);
	return error;
}

/* Whether any seed left a block with another content than start-up did. */
static bool block_written(const struct references *references, uint32_t block, uint64_t zero)
{
	uint64_t initial = block < references->initial_count ? references->initial[block] : zero;

	for (uint32_t i = 0; i < references->program->seeds; i++)
		if (block < references->seed[i].block_count &&
		    references->seed[i].block[block] != initial)
			return true;
	return false;
}

static int written_find(struct references *references)
{
	static const uint64_t zero_block[DIGEST_BLOCK / sizeof(uint64_t)];
	uint64_t zero = digest_block(zero_block);
	uint32_t blocks = 0;

	for (uint32_t i = 0; i < references->program->seeds; i++)
		if (references->seed[i].block_count > blocks)
			blocks = references->seed[i].block_count;
	references->written = malloc(blocks * sizeof(references->written[0]));
	if (!references->written)
		return -ENOMEM;
	for (uint32_t block = 0; block < blocks; block++)
		if (block_written(references, block, zero))
			references->written[references->written_count++] = block;
	return 0;
}

int references_create(struct references *references, const struct program *program)
{
	int error;

	*references = (struct references){ .program = program };
	references->seed = calloc(program->seeds, sizeof(references->seed[0]));
	if (!references->seed)
		return -ENOMEM;
	for (uint32_t seed = 0; seed < program->seeds; seed++) {
		error = reference_create(references, seed);
		if (error)
			goto destroy_references;
	}
	error = written_find(references);
	if (error)
		goto destroy_references;
	return 0;
destroy_references:
	fprintf(stderr, "demo: references of %s: %s\n", program->name, strerror(-error));
	references_destroy(references);
	return error;
}

void references_destroy(struct references *references)
{
	for (uint32_t i = 0; references->seed && i < references->program->seeds; i++) {
		free(references->seed[i].input);
		free(references->seed[i].output);
		free(references->seed[i].block);
	}
	free(references->seed);
	free(references->initial);
	free(references->written);
	references->seed = NULL;
}

void references_show(const struct references *references)
{
	for (uint32_t i = 0; i < references->program->seeds; i++) {
		const struct reference *reference = &references->seed[i];
		const struct digest *digest = &reference->digest;

		printf("---- %s, seed %u: status %d, result %u, %u pages\n",
		       references->program->name, i, digest->outcome.status, digest->outcome.value,
		       digest->memory_pages);
		fwrite(reference->output, 1, digest->output_length, stdout);
	}
}

static bool block_equal(const struct reference *reference, const struct instance *instance,
			uint32_t block)
{
	return digest_block(instance->place.area[AREA_MEMORY] + (size_t)block * DIGEST_BLOCK) ==
	       reference->block[block];
}

const char *reference_compare(const struct references *references, const struct instance *instance,
			      uint32_t seed, struct outcome outcome, bool all_blocks)
{
	const struct reference *reference = &references->seed[seed];
	uint32_t count = all_blocks ? reference->block_count : references->written_count;
	struct digest digest;
	const char *what;

	digest_take(&digest, instance, outcome);
	what = digest_compare(&digest, &reference->digest);
	for (uint32_t i = 0; !what && i < count; i++) {
		uint32_t block = all_blocks ? i : references->written[i];

		if (block < reference->block_count && !block_equal(reference, instance, block))
			what = "the memory";
	}
	return what;
}
