/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _GS_IMAGE_TABLE_H
#define _GS_IMAGE_TABLE_H

#include <linux/xarray.h>

struct gs_image;

/*
 * The images of a pool by id.
 *
 * @images: published images, and reserved ids; its lock protects what follows
 * @next: where the search for a free id starts
 * @generation: changes with every image that comes or goes; never 0
 * @count: published images; also read without the lock
 */
struct gs_image_table {
	struct xarray images;
	u32 next;
	u32 generation;
	u32 count;
};

void gs_image_table_init(struct gs_image_table *table);
void gs_image_table_uninit(struct gs_image_table *table);

int gs_image_table_reserve(struct gs_image_table *table, struct gs_image *image);
void gs_image_table_release(struct gs_image_table *table, struct gs_image *image);
void gs_image_table_publish(struct gs_image_table *table, struct gs_image *image);
struct gs_image *gs_image_table_remove(struct gs_image_table *table, u32 id);

struct gs_image *gs_image_table_find(struct gs_image_table *table, u32 id);
struct gs_image *gs_image_table_find_next(struct gs_image_table *table, u32 *id);
u32 gs_image_table_generation(struct gs_image_table *table);

static inline u32 gs_image_table_count(const struct gs_image_table *table)
{
	return READ_ONCE(table->count);
}

#endif /* _GS_IMAGE_TABLE_H */
