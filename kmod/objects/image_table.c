// SPDX-License-Identifier: GPL-2.0-only
/*
 * The table of a pool's images: ids, and the reference that each id holds. An id
 * is reserved first, then the caller gets its answer, and then the image is
 * published, which cannot fail.
 */
#include <linux/sched.h>

#include "objects/image.h"
#include "objects/image_table.h"

void gs_image_table_init(struct gs_image_table *table)
{
	xa_init_flags(&table->images, XA_FLAGS_ALLOC1 | XA_FLAGS_ACCOUNT);
	table->next = 0;
	table->generation = 1;
	table->count = 0;
}

/* Drops the ids. No call is at work. */
void gs_image_table_uninit(struct gs_image_table *table)
{
	struct gs_image *image;
	unsigned long id;

	xa_for_each(&table->images, id, image) {
		/* xa_destroy() of all ids would keep interrupts off for as long as there are many. */
		xa_erase(&table->images, id);
		gs_image_put(image);
		cond_resched();
	}
	xa_destroy(&table->images);
}

/* Gives the image its id. -ENOSPC: all are in use; -ENOMEM. */
int gs_image_table_reserve(struct gs_image_table *table, struct gs_image *image)
{
	int ret = xa_alloc_cyclic(&table->images, &image->id, XA_ZERO_ENTRY, XA_LIMIT(1, INT_MAX),
				  &table->next, GFP_KERNEL_ACCOUNT);

	if (ret < 0)
		return ret == -EBUSY ? -ENOSPC : ret;
	return 0;
}

/* Drops the id of an image that is not published. */
void gs_image_table_release(struct gs_image_table *table, struct gs_image *image)
{
	xa_erase(&table->images, image->id);
}

/*
 * Called before the array changes, in the same critical section: a reader that
 * saw the change finds another generation afterwards.
 */
static void note_change_locked(struct gs_image_table *table, int change)
{
	lockdep_assert_held(&table->images.xa_lock);
	if (!++table->generation)
		table->generation = 1;
	WRITE_ONCE(table->count, table->count + change);
}

/* Calls can find the image from here on. Takes over the caller's reference. */
void gs_image_table_publish(struct gs_image_table *table, struct gs_image *image)
{
	xa_lock(&table->images);
	note_change_locked(table, 1);
	/* This replaces the reservation, and so it allocates nothing. */
	WARN_ON_ONCE(xa_err(__xa_store(&table->images, image->id, image, GFP_NOWAIT)));
	xa_unlock(&table->images);
}

/*
 * Drops the id of a published image, which is marked as destroyed. Returns the
 * image with the id's reference, or NULL.
 */
struct gs_image *gs_image_table_remove(struct gs_image_table *table, u32 id)
{
	struct gs_image *image;

	/* xa_erase() alone would drop an id that is only reserved, too. */
	xa_lock(&table->images);
	image = xa_load(&table->images, id);
	if (image) {
		note_change_locked(table, -1);
		__xa_erase(&table->images, id);
		WRITE_ONCE(image->destroyed, true);
	}
	xa_unlock(&table->images);
	return image;
}

/* A reference to a published image, or NULL. */
struct gs_image *gs_image_table_find(struct gs_image_table *table, u32 id)
{
	struct gs_image *image;

	xa_lock(&table->images);
	image = xa_load(&table->images, id);
	gs_image_get(image);
	xa_unlock(&table->images);
	return image;
}

/* The same for the image with that id or the next higher one, which *id becomes. */
struct gs_image *gs_image_table_find_next(struct gs_image_table *table, u32 *id)
{
	unsigned long index = *id;
	struct gs_image *image;

	xa_lock(&table->images);
	image = xa_find(&table->images, &index, INT_MAX, XA_PRESENT);
	gs_image_get(image);
	xa_unlock(&table->images);
	*id = index;
	return image;
}

u32 gs_image_table_generation(struct gs_image_table *table)
{
	u32 value;

	xa_lock(&table->images);
	value = table->generation;
	xa_unlock(&table->images);
	return value;
}
