// SPDX-License-Identifier: MIT
/* Makes the arguments of a call: mostly right ones, and at times one that is anything. */
#include "encode.h"

#include <err.h>
#include <string.h>
#include <sys/mman.h>

/* The first choices of a step are of the whole call. */
enum { CHOICE_WILD, CHOICE_FAILURE, CHOICE_FIRST };

static void put(struct encoder *encoder, struct piece *piece, const struct field *field);

void encoder_init(struct encoder *encoder)
{
	for (size_t i = 0; i < PIECES; i++) {
		uint8_t *at = mmap(NULL, PIECE + 4096, PROT_READ | PROT_WRITE,
				   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		if (at == MAP_FAILED || mprotect(at + PIECE, 4096, PROT_NONE))
			err(1, "memory for arguments");
		encoder->pieces[i].start = at;
	}
}

static uint32_t choose(struct encoder *encoder)
{
	return encoder->next < MAX_CHOICES ? encoder->step->choices[encoder->next++] : 0;
}

unsigned int encode_failure(const struct step *step)
{
	uint32_t choice = step->choices[CHOICE_FAILURE];

	return choice % 16 ? 0 : 1 + choice / 16 % 48;
}

static int64_t anything(uint32_t choice)
{
	static const int64_t edges[] = {
		0,	   1,	       -1,	  4095,	     4096,	4097,
		INT32_MAX, UINT32_MAX, INT64_MAX, INT64_MIN, 1LL << 47, (1LL << 47) - 4096,
		1LL << 40, -4096,      128,	  129,
	};

	switch (choice % 3) {
	case 0:
		return edges[choice / 3 % (sizeof(edges) / sizeof(*edges))];
	case 1:
		return (int64_t)(choice / 3) * 4096;
	default:
		return (int64_t)(choice * 0x9e3779b97f4a7c15ULL);
	}
}

static int64_t resource(struct encoder *encoder, const struct type *type)
{
	uint32_t choice = choose(encoder);
	int64_t value;

	/* At times what any process can know, though a call has made one. */
	if (choice % 16 && results_pick(encoder->results, type->resource, choice / 16, &value))
		return value;
	return type->values[choice / 16 % type->count];
}

static int64_t number(struct encoder *encoder, const struct type *type)
{
	if (encoder->wild && --encoder->wild == 0)
		return anything(choose(encoder));
	switch (type->kind) {
	case KIND_VALUES:
		return type->values[choose(encoder) % type->count];
	case KIND_RANGE:
		return type->low +
		       choose(encoder) % ((type->high - type->low) / type->step + 1) * type->step;
	case KIND_RESOURCE:
		return resource(encoder, type);
	default:
		return type->low;
	}
}

static size_t alignment(const struct type *type)
{
	size_t most = 1;

	if (type->size)
		return type->size;
	for (unsigned int i = 0; i < type->count; i++) {
		size_t one = alignment(type->fields[i].type);

		most = one > most ? one : most;
	}
	return most;
}

static void align(struct piece *piece, const struct type *type)
{
	size_t to = alignment(type);

	while (piece->used % to && piece->used < PIECE)
		piece->start[piece->used++] = 0;
}

static void put_bytes(struct piece *piece, int64_t value, unsigned int size)
{
	if (piece->used + size > PIECE)
		return;
	memcpy(piece->start + piece->used, &value, size);
	piece->used += size;
}

/* Where the pointer points to: memory of its own, a slot, or nothing. */
static int64_t pointer(struct encoder *encoder, const struct type *type, struct piece **piece)
{
	uint32_t choice = choose(encoder);
	struct piece *own = &encoder->pieces[encoder->piece_count];
	int64_t value;

	*piece = NULL;
	if (encoder->wild && --encoder->wild == 0)
		return anything(choice);
	if (choice % 32 == 0 && results_pick_slab(encoder->results, choice / 32, &value))
		return value;
	if (encoder->piece_count == PIECES)
		return 0;
	encoder->piece_count++;
	*piece = own;
	own->used = 0;
	put(encoder, own, &type->fields[0]);
	/* At times it ends in a hole. */
	return (int64_t)(uintptr_t)own->start + (choice % 32 == 1 ? PIECE - 16 : 0);
}

static void put_struct(struct encoder *encoder, struct piece *piece, const struct type *type)
{
	size_t start = piece->used, length_at = 0;
	unsigned int length_size = 0, i;
	int64_t length;

	for (i = 0; i < type->count; i++) {
		align(piece, type->fields[i].type);
		if (type->fields[i].type->kind == KIND_LENGTH) {
			length_at = piece->used;
			length_size = type->fields[i].type->size;
		}
		put(encoder, piece, &type->fields[i]);
	}
	align(piece, type);
	length = (int64_t)(piece->used - start);
	/* The number that was put there is 0, if it is not anything. */
	if (length_size && !memcmp(piece->start + length_at, &(int64_t){ 0 }, length_size))
		memcpy(piece->start + length_at, &length, length_size);
}

static void put_array(struct encoder *encoder, struct piece *piece, const struct type *type)
{
	int64_t count = type->low;

	if (type->high > type->low)
		count += choose(encoder) % (type->high - type->low + 1);
	/* A long array of bytes has few that differ. */
	if (type->fields[0].type->size == 1 && count > 8) {
		uint32_t choice = choose(encoder);

		memset(piece->start + piece->used, choice % 4 ? (int)(choice / 4) : 0,
		       (size_t)count);
		piece->used += (size_t)count;
		return;
	}
	for (; count > 0; count--)
		put(encoder, piece, &type->fields[0]);
}

static void note_out(struct encoder *encoder, const uint8_t *at, const struct type *type)
{
	if (encoder->out_count < sizeof(encoder->outs) / sizeof(*encoder->outs))
		encoder->outs[encoder->out_count++] =
			(struct out){ at, type->size, type->resource };
}

static void put(struct encoder *encoder, struct piece *piece, const struct field *field)
{
	const struct type *type = field->type;
	struct piece *other;

	align(piece, type);
	switch (type->kind) {
	case KIND_STRUCT:
		put_struct(encoder, piece, type);
		break;
	case KIND_UNION:
		put(encoder, piece, &type->fields[choose(encoder) % type->count]);
		break;
	case KIND_ARRAY:
		put_array(encoder, piece, type);
		break;
	case KIND_POINTER:
		put_bytes(piece, pointer(encoder, type, &other), type->size);
		break;
	default:
		if (field->out)
			note_out(encoder, piece->start + piece->used, type);
		put_bytes(piece, field->out ? 0 : number(encoder, type), type->size);
	}
}

void encode(struct encoder *encoder, const struct step *step, struct results *results)
{
	const struct call *call = &calls[step->call];
	uint32_t choice = step->choices[CHOICE_WILD];
	struct piece *pieces[MAX_ARGUMENTS] = { NULL };

	encoder->step = step;
	encoder->results = results;
	encoder->next = CHOICE_FIRST;
	encoder->wild = choice % 8 ? 0 : 1 + choice / 8 % 24;
	encoder->piece_count = 0;
	encoder->out_count = 0;
	for (unsigned int i = 0; i < call->count; i++) {
		const struct type *type = call->arguments[i].type;
		int64_t value;

		if (type->kind == KIND_POINTER)
			value = pointer(encoder, type, &pieces[i]);
		else if (type->kind == KIND_LENGTH && pieces[type->resource])
			value = (int64_t)pieces[type->resource]->used;
		else
			value = number(encoder, type);
		encoder->arguments[i] = (uint64_t)value;
	}
}
