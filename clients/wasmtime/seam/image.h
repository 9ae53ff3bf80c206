/* SPDX-License-Identifier: MIT */
/*
 * The images of a pool, by content: docs/wasmtime.md, "Which image".
 */
#ifndef SEAM_IMAGE_H
#define SEAM_IMAGE_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct shim_pool;

struct seam_image {
	struct seam_image *next;
	const unsigned char *content; /* length bytes, which never change; NULL: none */
	uint64_t length;
	uint64_t offset; /* in the slot */
	uint64_t limit;
	/* The file that content is mapped from; sealed is false: it is a copy. */
	bool sealed;
	dev_t device;
	ino_t inode;
	uint64_t file_offset;
	uint32_t id;	/* libshim's */
	uint32_t bound; /* slots that have it, and callers of seam_image_get() */
	uint64_t idle_since;
};

struct seam_images {
	pthread_mutex_t lock; /* of all members, and of those of the images that change */
	struct seam_image *list;
	uint32_t count;
	uint32_t idle;
	uint64_t clock;
};

/*
 * The image of length bytes of a file, at an offset in a slot with that limit. The caller
 * has it until seam_image_put(). -ENOTSUP: the file is none that can be read so; other errors
 * are of libshim and the kernel.
 */
int seam_image_get(struct seam_images *images, struct shim_pool *shim, int fd, uint64_t file_offset,
		   uint64_t length, uint64_t offset, uint64_t limit, struct seam_image **out);
/* The same without content. */
int seam_image_get_empty(struct seam_images *images, struct shim_pool *shim, uint64_t limit,
			 struct seam_image **out);
void seam_image_put(struct seam_images *images, struct shim_pool *shim, struct seam_image *image);
/* Frees what the seam has of all images; libshim's go with the pool. */
void seam_images_free(struct seam_images *images);

/* A descriptor of a file with the image's content, to be closed by the caller; or -errno. */
int seam_image_file(const struct seam_image *image);

#endif /* SEAM_IMAGE_H */
