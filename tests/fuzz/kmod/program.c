// SPDX-License-Identifier: MIT
/* Makes programs, from nothing or from others, and writes and reads them as text. */
#include "program.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "description.h"

uint32_t random_next(struct random *random)
{
	random->state ^= random->state << 13;
	random->state ^= random->state >> 7;
	random->state ^= random->state << 17;
	return (uint32_t)(random->state >> 32);
}

uint32_t random_below(struct random *random, uint32_t end)
{
	return random_next(random) % end;
}

static uint32_t call_named(const char *name)
{
	for (uint32_t i = 0; i < call_count; i++)
		if (strcmp(calls[i].name, name) == 0)
			return i;
	return call_count;
}

static void make_step(struct random *random, struct step *step, uint32_t call)
{
	step->call = call;
	for (size_t i = 0; i < MAX_CHOICES; i++)
		step->choices[i] = random_next(random) >> 12;
}

/* Most programs begin with what nearly all calls need. */
void program_generate(struct random *random, struct program *program)
{
	static const char *const first[] = { "syz_guardslot_open", "ioctl$CREATE",
					     "syz_guardslot_map" };
	uint32_t i = 0;

	if (random_below(random, 8))
		for (; i < sizeof(first) / sizeof(*first); i++)
			make_step(random, &program->steps[i], call_named(first[i]));
	program->count = i + 1 + random_below(random, MAX_STEPS - i);
	for (; i < program->count; i++)
		make_step(random, &program->steps[i], random_below(random, call_count));
}

static void insert_step(struct random *random, struct program *program)
{
	uint32_t at = random_below(random, program->count + 1);

	if (program->count == MAX_STEPS)
		return;
	memmove(&program->steps[at + 1], &program->steps[at],
		(program->count - at) * sizeof(struct step));
	program->count++;
	if (at && !random_below(random, 4))
		program->steps[at] = program->steps[random_below(random, at)];
	else
		make_step(random, &program->steps[at], random_below(random, call_count));
}

static void remove_step(struct random *random, struct program *program)
{
	uint32_t at = random_below(random, program->count);

	if (program->count == 1)
		return;
	program->count--;
	memmove(&program->steps[at], &program->steps[at + 1],
		(program->count - at) * sizeof(struct step));
}

static void change_choice(struct random *random, struct program *program)
{
	struct step *step = &program->steps[random_below(random, program->count)];
	uint32_t *choice = &step->choices[random_below(random, MAX_CHOICES)];

	if (random_below(random, 2))
		*choice = random_next(random) >> 12;
	else
		*choice += random_below(random, 33) - 16;
}

/* What follows some step is now what follows one of the other program. */
static void splice(struct random *random, struct program *program, const struct program *other)
{
	uint32_t at = 1 + random_below(random, program->count);
	uint32_t from = random_below(random, other->count), count = other->count - from;

	if (count > MAX_STEPS - at)
		count = MAX_STEPS - at;
	memcpy(&program->steps[at], &other->steps[from], count * sizeof(struct step));
	program->count = at + count;
}

void program_mutate(struct random *random, struct program *program, const struct program *other)
{
	for (uint32_t times = 1 + random_below(random, 4); times > 0; times--) {
		switch (random_below(random, 8)) {
		case 0:
			insert_step(random, program);
			insert_step(random, program);
			break;
		case 1:
		case 2:
			insert_step(random, program);
			break;
		case 3:
			remove_step(random, program);
			break;
		case 4:
			splice(random, program, other);
			break;
		default:
			change_choice(random, program);
		}
	}
}

void program_print(const struct program *program, char text[PROGRAM_TEXT])
{
	char *at = text;

	for (uint32_t i = 0; i < program->count; i++) {
		const struct step *step = &program->steps[i];
		unsigned int used = MAX_CHOICES;

		while (used > 0 && !step->choices[used - 1])
			used--;
		at += sprintf(at, "%s%s:", i ? ";" : "", calls[step->call].name);
		for (unsigned int j = 0; j < used; j++)
			at += sprintf(at, "%s%x", j ? "," : "", step->choices[j]);
	}
}

static bool parse_step(char *text, struct step *step)
{
	char *choices = strchr(text, ':'), *word;

	if (!choices)
		return false;
	*choices++ = '\0';
	*step = (struct step){ .call = call_named(text) };
	for (size_t i = 0; i < MAX_CHOICES && (word = strsep(&choices, ",")); i++)
		step->choices[i] = (uint32_t)strtoul(word, NULL, 16);
	return step->call < call_count;
}

bool program_parse(char *text, struct program *program)
{
	char *word;

	program->count = 0;
	text[strcspn(text, "\n")] = '\0';
	while ((word = strsep(&text, ";")))
		if (program->count == MAX_STEPS ||
		    !parse_step(word, &program->steps[program->count++]))
			return false;
	return program->count > 0;
}
