// SPDX-License-Identifier: MIT
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <libshim.h>

#include "seam/image.h"
#include "seam/real.h"

/* Images that no slot has, and that are kept for the next. */
#define MOST_IDLE 16u

#define SEALS (F_SEAL_WRITE | F_SEAL_SHRINK)

/* ---- content -------------------------------------------------------------------- */

static int copy_read(int fd, uint64_t offset, unsigned char *to, uint64_t length)
{
	while (length) {
		ssize_t done = pread(fd, to, length, (off_t)offset);

		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return -ENOTSUP;
		to += done;
		offset += (uint64_t)done;
		length -= (uint64_t)done;
	}
	return 0;
}

/* A copy, of a file that may change: no map of it, as it may become shorter, too. */
static int content_copy(struct seam_image *want, int fd)
{
	void *to = real_mmap(NULL, want->length, PROT_READ | PROT_WRITE,
			     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int error;

	if (real_is_error(to))
		return -ENOMEM;
	error = copy_read(fd, want->file_offset, to, want->length);
	if (error) {
		real_munmap(to, want->length);
		return error;
	}
	want->content = to;
	return 0;
}

static int content_map(struct seam_image *want, int fd)
{
	void *at = real_mmap(NULL, want->length, PROT_READ, MAP_PRIVATE, fd, want->file_offset);

	if (real_is_error(at))
		return -ENOTSUP;
	want->content = at;
	return 0;
}

static void content_free(struct seam_image *image)
{
	if (image->content)
		real_munmap((void *)(uintptr_t)image->content, image->length);
}

/* Which file it is, and whether it can change. */
static int file_look(struct seam_image *want, int fd)
{
	struct stat status;
	int seals;

	if (fstat(fd, &status) || !S_ISREG(status.st_mode))
		return -ENOTSUP;
	if ((uint64_t)status.st_size < want->file_offset ||
	    (uint64_t)status.st_size - want->file_offset < want->length)
		return -ENOTSUP;
	seals = fcntl(fd, F_GET_SEALS);
	want->sealed = seals >= 0 && (seals & SEALS) == SEALS;
	want->device = status.st_dev;
	want->inode = status.st_ino;
	return 0;
}

/* ---- the list, under its lock ------------------------------------------------------ */

static bool is_alike(const struct seam_image *image, const struct seam_image *want)
{
	return image->length == want->length && image->offset == want->offset &&
	       image->limit == want->limit;
}

/* The inode is that file's for as long as the image has it mapped. */
static bool is_same_file(const struct seam_image *image, const struct seam_image *want)
{
	return image->sealed && want->sealed && image->device == want->device &&
	       image->inode == want->inode && image->file_offset == want->file_offset;
}

static struct seam_image *find_file(const struct seam_images *images, const struct seam_image *want)
{
	struct seam_image *image;

	for (image = images->list; image; image = image->next)
		if (is_alike(image, want) && is_same_file(image, want))
			return image;
	return NULL;
}

static struct seam_image *find_content(const struct seam_images *images,
				       const struct seam_image *want)
{
	struct seam_image *image;

	for (image = images->list; image; image = image->next)
		if (is_alike(image, want) &&
		    (!want->length || !memcmp(image->content, want->content, want->length)))
			return image;
	return NULL;
}

static struct seam_image *take(struct seam_images *images, struct seam_image *image)
{
	if (!image->bound++)
		images->idle--;
	return image;
}

/* Takes over the content of want, on success. */
static int add(struct seam_images *images, struct shim_pool *shim, const struct seam_image *want,
	       struct seam_image **out)
{
	struct shim_image_area area = {
		.source = want->content,
		.length = want->length,
		.offset = want->offset,
		.limit = want->limit,
	};
	struct seam_image *image = malloc(sizeof(*image));
	int error;

	if (!image)
		return -ENOMEM;
	*image = *want;
	error = shim_image_create(shim, want->inode, &area, 1, &image->id);
	if (error) {
		free(image);
		return error;
	}
	image->bound = 1;
	image->next = images->list;
	images->list = image;
	images->count++;
	*out = image;
	return 0;
}

/* No slot has the image. */
static void drop(struct seam_images *images, struct shim_pool *shim, struct seam_image *image)
{
	struct seam_image **link = &images->list;

	/* It fails where the program closed the device; the pool's end frees the image then. */
	if (shim_image_destroy(shim, image->id))
		image->id = SHIM_IMAGE_NONE;
	while (*link != image)
		link = &(*link)->next;
	*link = image->next;
	images->count--;
	images->idle--;
	content_free(image);
	free(image);
}

static struct seam_image *longest_idle(const struct seam_images *images)
{
	struct seam_image *longest = NULL;
	struct seam_image *image;

	for (image = images->list; image; image = image->next)
		if (!image->bound && (!longest || image->idle_since < longest->idle_since))
			longest = image;
	return longest;
}

static int get(struct seam_images *images, struct shim_pool *shim, int fd, struct seam_image *want,
	       struct seam_image **out)
{
	struct seam_image *found = want->sealed ? find_file(images, want) : NULL;
	int error;

	if (found) {
		*out = take(images, found);
		return 0;
	}
	error = want->sealed ? content_map(want, fd) : content_copy(want, fd);
	if (error)
		return error;
	found = find_content(images, want);
	if (found) {
		*out = take(images, found);
		content_free(want);
		return 0;
	}
	error = add(images, shim, want, out);
	if (error)
		content_free(want);
	return error;
}

/* ---- the calls ---------------------------------------------------------------------- */

int seam_image_get(struct seam_images *images, struct shim_pool *shim, int fd, uint64_t file_offset,
		   uint64_t length, uint64_t offset, uint64_t limit, struct seam_image **out)
{
	struct seam_image want = {
		.length = length,
		.offset = offset,
		.limit = limit,
		.file_offset = file_offset,
	};
	int error = file_look(&want, fd);

	if (error)
		return error;
	pthread_mutex_lock(&images->lock);
	error = get(images, shim, fd, &want, out);
	pthread_mutex_unlock(&images->lock);
	return error;
}

int seam_image_get_empty(struct seam_images *images, struct shim_pool *shim, uint64_t limit,
			 struct seam_image **out)
{
	struct seam_image want = { .limit = limit };
	struct seam_image *found;
	int error = 0;

	pthread_mutex_lock(&images->lock);
	found = find_content(images, &want);
	if (found)
		*out = take(images, found);
	else
		error = add(images, shim, &want, out);
	pthread_mutex_unlock(&images->lock);
	return error;
}

void seam_image_put(struct seam_images *images, struct shim_pool *shim, struct seam_image *image)
{
	pthread_mutex_lock(&images->lock);
	if (!--image->bound) {
		image->idle_since = ++images->clock;
		if (++images->idle > MOST_IDLE)
			drop(images, shim, longest_idle(images));
	}
	pthread_mutex_unlock(&images->lock);
}

void seam_images_free(struct seam_images *images)
{
	struct seam_image *image;

	while (images->list) {
		image = images->list;
		images->list = image->next;
		content_free(image);
		free(image);
	}
	images->count = 0;
	images->idle = 0;
}

int seam_image_file(const struct seam_image *image)
{
	uint64_t done = 0;
	int fd = (int)real_call(SYS_memfd_create, (long)"guardslot-image", MFD_CLOEXEC, 0, 0, 0, 0);

	while (fd >= 0 && done < image->length) {
		long count = real_call(SYS_write, fd, (long)(image->content + done),
				       (long)(image->length - done), 0, 0, 0);

		if (count == -EINTR)
			continue;
		if (count <= 0) {
			close(fd);
			return count ? (int)count : -EIO;
		}
		done += (uint64_t)count;
	}
	return fd;
}
