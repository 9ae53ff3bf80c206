// SPDX-License-Identifier: MIT
#include "results.h"

#include <err.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "description.h"

struct results the_results = { .lock = PTHREAD_MUTEX_INITIALIZER };

static struct result known[8];
static unsigned int known_count;

void results_know(const char *resource, int64_t value)
{
	unsigned int number = 0;

	while (number < resource_count && strcmp(resource_names[number], resource) != 0)
		number++;
	if (number == resource_count || known_count == sizeof(known) / sizeof(*known))
		errx(1, "the description has no resource %s", resource);
	known[known_count++] = (struct result){ (int)number, value };
}

void results_begin(struct results *results)
{
	memcpy(results->values, known, sizeof(known));
	results->count = known_count;
	results->slab_count = 0;
	results->fd_count = 0;
}

void results_end(struct results *results)
{
	for (unsigned int i = 0; i < results->slab_count; i++)
		munmap(results->slabs[i].start, results->slabs[i].length);
	for (unsigned int i = 0; i < results->fd_count; i++)
		close(results->fds[i]);
}

void results_add(struct results *results, int resource, int64_t value)
{
	pthread_mutex_lock(&results->lock);
	if (results->count < MAX_RESULTS)
		results->values[results->count++] = (struct result){ resource, value };
	pthread_mutex_unlock(&results->lock);
}

bool results_pick(struct results *results, int resource, uint32_t choice, int64_t *value)
{
	unsigned int matching = 0;

	pthread_mutex_lock(&results->lock);
	for (unsigned int i = 0; i < results->count; i++)
		matching += results->values[i].resource == resource;
	choice = matching ? choice % matching : 0;
	for (unsigned int i = 0; i < results->count; i++)
		if (results->values[i].resource == resource && choice-- == 0)
			*value = results->values[i].value;
	pthread_mutex_unlock(&results->lock);
	return matching > 0;
}

bool results_pick_slab(struct results *results, uint32_t choice, int64_t *value)
{
	bool some;

	pthread_mutex_lock(&results->lock);
	some = results->slab_count > 0;
	if (some)
		*value = (int64_t)(uintptr_t)results->slabs[choice % results->slab_count].start;
	pthread_mutex_unlock(&results->lock);
	return some;
}

bool results_add_fd(struct results *results, int fd)
{
	bool room;

	pthread_mutex_lock(&results->lock);
	room = results->fd_count < MAX_RESULTS;
	if (room)
		results->fds[results->fd_count++] = fd;
	pthread_mutex_unlock(&results->lock);
	return room;
}

bool results_add_slab(struct results *results, void *start, size_t length)
{
	bool room;

	pthread_mutex_lock(&results->lock);
	room = results->slab_count < MAX_RESULTS;
	if (room)
		results->slabs[results->slab_count++] = (struct slab){ start, length };
	pthread_mutex_unlock(&results->lock);
	return room;
}

struct slab results_find_slab(struct results *results, uint64_t start)
{
	struct slab found = { NULL, 0 };

	pthread_mutex_lock(&results->lock);
	for (unsigned int i = 0; i < results->slab_count; i++)
		if ((uintptr_t)results->slabs[i].start == start)
			found = results->slabs[i];
	pthread_mutex_unlock(&results->lock);
	return found;
}
