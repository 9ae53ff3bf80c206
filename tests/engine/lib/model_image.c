// SPDX-License-Identifier: MIT
/* The images of the model, their references and their table. */
#include "model_image.h"

uint8_t *pages_alloc(uint32_t area)
{
	uint8_t *content = calloc(shape[area].max, PAGE);

	test_ok(content);
	return content;
}

void image_get(struct model_image *image)
{
	if (image)
		atomic_fetch_add(&image->users, 1);
}

void image_put(struct model_image *image)
{
	if (!image || atomic_fetch_sub(&image->users, 1) > 1)
		return;
	for (uint32_t area = 0; area < AREAS; area++)
		free(image->content[area]);
	free(image);
}

struct model_image *image_alloc(struct actor *actor)
{
	struct model_image *image = calloc(1, sizeof(*image));

	test_ok(image);
	image->users = 1;
	image->tag = 1 + below(actor, TAGS);
	for (uint32_t area = 0; area < AREAS; area++)
		image->content[area] = pages_alloc(area);
	return image;
}

struct model_image *image_pick(struct actor *actor)
{
	struct world *world = actor->world;
	struct model_image *image;

	pthread_mutex_lock(&world->images_lock);
	image = world->images[below(actor, MAX_IMAGES)];
	image_get(image);
	pthread_mutex_unlock(&world->images_lock);
	return image;
}

bool image_publish(struct actor *actor, struct model_image *image)
{
	struct world *world = actor->world;
	bool found = false;

	pthread_mutex_lock(&world->images_lock);
	for (int i = 0; i < MAX_IMAGES && !found; i++) {
		found = !world->images[i];
		if (found)
			world->images[i] = image;
	}
	pthread_mutex_unlock(&world->images_lock);
	return found;
}

struct model_image *image_unpublish(struct actor *actor)
{
	struct world *world = actor->world;
	uint64_t index = below(actor, MAX_IMAGES);
	struct model_image *image;

	pthread_mutex_lock(&world->images_lock);
	image = world->images[index];
	world->images[index] = NULL;
	pthread_mutex_unlock(&world->images_lock);
	return image;
}
