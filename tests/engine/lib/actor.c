// SPDX-License-Identifier: MIT
/* The random numbers and the log of an actor. */
#include "actor.h"

#include <stdarg.h>

#include "content.h"

void actor_init(struct actor *actor, struct world *world, uint32_t number)
{
	*actor = (struct actor){
		.world = world,
		.number = number,
		.random = mix(world->seed + number),
	};
	test_sys(pipe2(actor->pipe, O_CLOEXEC));
}

uint64_t any(struct actor *actor)
{
	return random_next(&actor->random);
}

uint64_t below(struct actor *actor, uint64_t end)
{
	return any(actor) % end;
}

void log_step(struct actor *actor, const char *format, ...)
{
	char *line = actor->log[actor->logged++ % LOG_LINES];
	va_list args;
	int used;

	used = snprintf(line, sizeof(actor->log[0]), "%ld: ", actor->step);
	va_start(args, format);
	vsnprintf(line + used, sizeof(actor->log[0]) - (size_t)used, format, args);
	va_end(args);
}

void actor_report(struct actor *actor)
{
	test_note("thread %u, step %ld", actor->number, actor->step);
	for (long i = actor->logged > LOG_LINES ? actor->logged - LOG_LINES : 0; i < actor->logged;
	     i++)
		test_note("  %s", actor->log[i % LOG_LINES]);
}
