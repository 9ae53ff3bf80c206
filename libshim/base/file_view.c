// SPDX-License-Identifier: MIT
/*
 * Files that are read in parts: each byte is asked of the kernel once, and what is in memory at
 * a time is what is needed at that time.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file_view.h"
#include "base/map.h"
#include "base/map_error.h"
#include "base/pages.h"

#define RELEASE_LEAST (UINT64_C(1) << 20)

int shim_file_view_init(struct shim_file_view *view, int fd, const struct stat *stat)
{
	uint64_t page_size = (uint64_t)sysconf(_SC_PAGESIZE);

	*view = (struct shim_file_view){
		.fd = fd,
		.length = (uint64_t)stat->st_size,
		.stat = *stat,
		.map_length = shim_page_round_up((uint64_t)stat->st_size, page_size),
		.page_size = page_size,
	};
	view->bytes = shim_map_create(view->map_length, PROT_READ | PROT_WRITE, -1, page_size);
	if (view->bytes)
		return 0;
	return shim_error_prefix(shim_map_error(-errno, view->map_length, view->map_length),
				 "no room for %" PRIu64 " bytes: ", view->length);
}

void shim_file_view_uninit(struct shim_file_view *view)
{
	if (view->bytes)
		munmap(view->bytes, view->map_length);
	memset(view, 0, sizeof(*view));
}

int shim_file_view_read(const struct shim_file_view *view, uint64_t offset, void *to,
			uint64_t length)
{
	unsigned char *next = to;

	while (length) {
		ssize_t done = pread(view->fd, next, length, (off_t)offset);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return shim_error_set(-errno, "byte 0x%" PRIx64 " cannot be read: %m",
					      offset);
		if (!done)
			return shim_error_set(
				-EAGAIN,
				"changed while it was read: it ends at byte 0x%" PRIx64
				", and had %" PRIu64 " bytes",
				offset, view->length);
		next += done;
		offset += (uint64_t)done;
		length -= (uint64_t)done;
	}
	return 0;
}

int shim_file_view_load(struct shim_file_view *view, uint64_t end, uint64_t ahead)
{
	int error;

	if (end <= view->loaded)
		return 0;
	if (end < view->loaded + ahead)
		end = view->loaded + ahead;
	if (end > view->length)
		end = view->length;
	error = shim_file_view_read(view, view->loaded, view->bytes + view->loaded,
				    end - view->loaded);
	if (!error)
		view->loaded = end;
	return error;
}

void shim_file_view_skip(struct shim_file_view *view, uint64_t end)
{
	if (view->loaded < end)
		view->loaded = end;
}

void shim_file_view_release(struct shim_file_view *view, uint64_t end)
{
	end = shim_page_round_down(end, view->page_size);
	if (end < view->released + RELEASE_LEAST)
		return;
	/* Where it is refused, it costs memory until the view goes. */
	madvise(view->bytes + view->released, end - view->released, MADV_DONTNEED);
	view->released = end;
}

/*
 * Another file under the number is a change, too. The times that others can set without a
 * change of the content say nothing, such as that of a new name.
 */
int shim_file_view_check(const struct shim_file_view *view)
{
	const struct stat *old = &view->stat;
	struct stat now;

	if (fstat(view->fd, &now))
		return shim_error_set(-errno, "%m");
	if (now.st_dev == old->st_dev && now.st_ino == old->st_ino && now.st_size == old->st_size &&
	    now.st_mtim.tv_sec == old->st_mtim.tv_sec &&
	    now.st_mtim.tv_nsec == old->st_mtim.tv_nsec)
		return 0;
	return shim_error_set(-EAGAIN, "changed while it was read");
}
