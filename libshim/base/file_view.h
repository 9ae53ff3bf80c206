/* SPDX-License-Identifier: MIT */
/*
 * A file that is read in parts, from its start to its end.
 *
 * It is never mapped: another program may cut a file, and a touch past its end is a SIGBUS.
 * What was loaded is the caller's, and stays as it was when the file changes.
 */
#ifndef SHIM_FILE_VIEW_H
#define SHIM_FILE_VIEW_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

/* One thread uses it. All zero: none. */
struct shim_file_view {
	int fd;		      /* the caller's */
	uint64_t length;      /* of the file, when the view was made */
	struct stat stat;     /* of the same moment */
	unsigned char *bytes; /* address space for all of it; a byte is at its offset */
	uint64_t map_length;
	uint64_t page_size;
	uint64_t loaded;   /* the end of what was loaded or skipped */
	uint64_t released; /* the end of what is not in memory any more */
};

/* For a regular file, whose stat and length are known, and whose length is not 0. -ENOMEM. */
int shim_file_view_init(struct shim_file_view *view, int fd, const struct stat *stat);
void shim_file_view_uninit(struct shim_file_view *view);

/*
 * Loads the bytes before end, and a few more: up to ahead, if the file has them. end is not past
 * the file's. -EAGAIN: the file was cut since; or the error of pread(2).
 */
int shim_file_view_load(struct shim_file_view *view, uint64_t end, uint64_t ahead);

/* What is before end and not loaded yet is not needed at its place. */
void shim_file_view_skip(struct shim_file_view *view, uint64_t end);

/* What is before end is not needed any more. Frees it once it is so much that it is worth a call. */
void shim_file_view_release(struct shim_file_view *view, uint64_t end);

/* Reads a part into memory of the caller; the same errors. */
int shim_file_view_read(const struct shim_file_view *view, uint64_t offset, void *to,
			uint64_t length);

/* -EAGAIN: the file is longer or shorter than it was, was written, or is another. */
int shim_file_view_check(const struct shim_file_view *view);

#endif /* SHIM_FILE_VIEW_H */
