// SPDX-License-Identifier: MIT
// System calls read and write slot memory like any other, up to the limit.
/*
 * What would pin its pages (direct I/O, vmsplice, process_vm_readv, registered buffers)
 * is EFAULT, so that nothing can outlive a reset.
 */
#include "test.h"

#include <linux/futex.h>
#include <linux/io_uring.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include "abi.h"
#include "image.h"
#include "memory.h"
#include "pool.h"

static int file_of(uint8_t value, size_t pages)
{
	int fd = memfd_create("file", 0);
	uint8_t page[PAGE];

	test_sys(fd);
	memset(page, value, PAGE);
	while (pages--)
		test_eq(write(fd, page, PAGE), PAGE);
	test_sys(lseek(fd, 0, SEEK_SET));
	return fd;
}

TEST("read(2) fills untouched, shared and private pages, and a reset takes it all back")
{
	struct pool pool = pool_small(2);
	uint32_t image = image_filled(&pool, 1, 0x11, 4);
	int file = file_of(0x22, 4);
	uint8_t *at = area_at(&pool, 0, 0);

	test_eq(pread(file, at, 4 * PAGE, 0), 4 * PAGE);
	test_bytes(at, 0x22, 4 * PAGE);
	test_reset(&pool, 0);
	test_bytes(at, 0, 4 * PAGE);

	test_rebind(&pool, 0, image);
	test_rebind(&pool, 1, image);
	test_eq(peek(at + PAGE), 0x11);
	test_eq(pread(file, at + 10, 3 * PAGE, 0), 3 * PAGE);
	test_bytes(at, 0x11, 10);
	test_bytes(at + 10, 0x22, 3 * PAGE);
	test_bytes(at + 10 + 3 * PAGE, 0x11, PAGE - 10);
	test_bytes(area_at(&pool, 1, 0), 0x11, 4 * PAGE);
	test_reset(&pool, 0);
	test_bytes(at, 0x11, 4 * PAGE);
}

TEST("write(2) reads untouched, shared and private pages")
{
	struct pool pool = pool_small(1);
	uint32_t image = image_filled(&pool, 1, 0x33, 2);
	int file = file_of(0xff, 4);
	uint8_t *at = area_at(&pool, 0, 0), back[4 * PAGE];

	test_rebind(&pool, 0, image);
	test_resize(&pool, 0, 0, 4 * PAGE);
	poke(at, 0x44);
	test_eq(pwrite(file, at, 4 * PAGE, 0), 4 * PAGE);
	test_eq(pread(file, back, 4 * PAGE, 0), 4 * PAGE);
	test_eq(back[0], 0x44);
	test_bytes(back + 1, 0x33, 2 * PAGE - 1);
	test_bytes(back + 2 * PAGE, 0, 2 * PAGE);
}

TEST("read(2) across the limit is short or EFAULT, and writes nothing past it")
{
	struct pool pool = pool_small(1);
	int file = file_of(0x55, 8);
	uint8_t *at = area_at(&pool, 0, 0);
	ssize_t got = pread(file, at, 8 * PAGE, 0);

	test_ok(got == -1 ? errno == EFAULT : got > 0 && got <= (ssize_t)(4 * PAGE));
	got = pread(file, at + 4 * PAGE - 1, 2, 0);
	test_ok(got == -1 ? errno == EFAULT : got == 1);
	test_sys_err(-EFAULT, pread(file, at + 4 * PAGE, 1, 0));
	test_resize(&pool, 0, 0, 8 * PAGE);
	test_bytes(at + 4 * PAGE, 0, 4 * PAGE);
	test_eq(pread(file, at, 8 * PAGE, 0), 8 * PAGE);
	test_bytes(at, 0x55, 8 * PAGE);
}

TEST("readv, recv and getcwd-like calls that fill slots are undone by a reset too")
{
	struct pool pool = pool_small(2);
	uint8_t *a = area_at(&pool, 0, 0), *b = area_at(&pool, 1, 1);
	struct iovec parts[] = { { a, 100 }, { b, 2 * PAGE } };
	int file = file_of(0x66, 3), ends[2];
	struct stat stat;

	test_eq(preadv(file, parts, 2, 0), 100 + 2 * PAGE);
	test_bytes(a, 0x66, 100);
	test_bytes(b, 0x66, 2 * PAGE);
	test_sys(socketpair(AF_UNIX, SOCK_STREAM, 0, ends));
	test_eq(send(ends[0], b, PAGE, 0), PAGE);
	test_eq(recv(ends[1], a + PAGE, PAGE, MSG_WAITALL), PAGE);
	test_bytes(a + PAGE, 0x66, PAGE);
	test_sys(fstat(file, (struct stat *)(a + 2 * PAGE)));
	test_sys(fstat(file, &stat));
	test_mem(a + 2 * PAGE, &stat, sizeof(stat));
	test_reset(&pool, 0);
	test_reset(&pool, 1);
	test_bytes(a, 0, 4 * PAGE);
	test_bytes(b, 0, 2 * PAGE);
}

TEST("a private futex in a slot works")
{
	struct pool pool = pool_small(1);
	uint32_t *word = (uint32_t *)area_at(&pool, 0, 0);
	struct timespec moment = { .tv_nsec = 1000000 };

	test_sys_err(-EAGAIN, syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, 1, &moment, NULL, 0));
	test_sys_err(-ETIMEDOUT, syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, 0, &moment, NULL, 0));
	test_eq(syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0), 0);
}

TEST("vmsplice of slot memory is EFAULT, by copy and as a gift")
{
	struct pool pool = pool_small(1);
	struct iovec part = { area_at(&pool, 0, 0), PAGE };
	int ends[2];

	test_sys(pipe(ends));
	test_sys_err(-EFAULT, vmsplice(ends[1], &part, 1, 0));
	poke(part.iov_base, 1);
	test_sys_err(-EFAULT, vmsplice(ends[1], &part, 1, 0));
	test_sys_err(-EFAULT, vmsplice(ends[1], &part, 1, SPLICE_F_GIFT));
}

TEST("process_vm_readv and process_vm_writev on slot memory are EFAULT")
{
	struct pool pool = pool_small(1);
	uint8_t buffer[PAGE];
	struct iovec mine = { buffer, PAGE };
	struct iovec slot = { area_at(&pool, 0, 0), PAGE };

	memset(area_at(&pool, 0, 0), 1, PAGE);
	test_sys_err(-EFAULT, process_vm_readv(getpid(), &mine, 1, &slot, 1, 0));
	test_sys_err(-EFAULT, process_vm_writev(getpid(), &mine, 1, &slot, 1, 0));
	/* As the local side it is memory like any other. */
	mine.iov_base = area_at(&pool, 0, 0);
	slot.iov_base = buffer;
	memset(buffer, 7, PAGE);
	test_eq(process_vm_readv(getpid(), &mine, 1, &slot, 1, 0), PAGE);
	test_bytes(area_at(&pool, 0, 0), 7, PAGE);
}

/* A file on a file system that does direct I/O, or -1. */
static int direct_file(void)
{
	static const char *const places[] = { "/tmp/direct", "/direct", "/dev/shm/direct" };
	int fd = -1;

	for (size_t i = 0; i < ARRAY_SIZE(places) && fd < 0; i++)
		fd = open(places[i], O_RDWR | O_CREAT | O_DIRECT, 0600);
	return fd;
}

TEST("direct I/O into and out of slot memory is EFAULT")
{
	struct pool pool = pool_small(1);
	uint8_t *at = area_at(&pool, 0, 0);
	uint8_t *plain =
		mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int fd = open("/dev/nvme0n1", O_RDWR | O_DIRECT);
	bool pins = fd >= 0;

	if (!pins)
		fd = direct_file();
	if (fd < 0) {
		test_note("no file with direct I/O here");
		return;
	}
	test_eq(pwrite(fd, plain, PAGE, 0), PAGE);
	poke(at, 1);
	if (pins) {
		test_sys_err(-EFAULT, pread(fd, at, PAGE, 0));
		test_sys_err(-EFAULT, pwrite(fd, at, PAGE, 0));
		return;
	}
	/* tmpfs takes O_DIRECT and copies all the same. */
	test_eq(pwrite(fd, at, PAGE, 0), PAGE);
	test_eq(pread(fd, at, PAGE, 0), PAGE);
}

TEST("slot memory cannot be a registered io_uring buffer: EFAULT")
{
	struct pool pool = pool_small(1);
	struct iovec part = { area_at(&pool, 0, 0), PAGE };
	struct io_uring_params params = { 0 };
	int ring = (int)syscall(SYS_io_uring_setup, 4, &params);

	if (ring < 0) {
		test_note("no io_uring in this kernel");
		return;
	}
	poke(part.iov_base, 1);
	test_sys_err(-EFAULT,
		     syscall(SYS_io_uring_register, ring, IORING_REGISTER_BUFFERS, &part, 1));
}

TEST("arguments of the calls may themselves lie in slots, even in the slot that the call works on")
{
	struct pool pool = pool_small(4);
	struct guardslot_reset *reset = (void *)area_at(&pool, 0, 0);
	struct guardslot_purge *purge = (void *)area_at(&pool, 0, 0);
	struct guardslot_query *query = (void *)(area_at(&pool, 1, 1) + PAGE - 8);
	uint32_t *vector = (void *)(area_at(&pool, 0, 0) + PAGE);

	for (uint32_t i = 0; i < 4; i++) {
		poke(area_at(&pool, i, 0) + 3 * PAGE, 1);
		vector[i] = i;
	}
	*reset = (struct guardslot_reset){ .slots = (uintptr_t)vector, .count = 4 };
	test_reset_cmd(&pool, reset);
	test_eq(reset->out_done, 4);
	for (uint32_t i = 0; i < 4; i++)
		test_eq(peek(area_at(&pool, i, 0) + 3 * PAGE), 0);

	for (uint32_t i = 0; i < 4; i++)
		vector[i] = 3 - i;
	*purge = (struct guardslot_purge){ .slots = (uintptr_t)vector, .count = 4 };
	test_purge_cmd(&pool, purge);
	test_eq(purge->out_done, 4);
	test_query(&pool, 1, query);
	test_eq(query->out_purges, 1);
}

TEST("a vector longer than a piece that lies in the slots it names ends")
{
	struct guardslot_create geometry = small_geometry(8);
	struct guardslot_reset reset = { .count = 3000 };
	struct pool pool;
	uint32_t *vector;
	int ret;

	geometry.areas[0].initial = 16 * PAGE;
	pool = pool_map(&geometry);
	vector = (void *)area_at(&pool, 0, 0);
	for (uint32_t i = 0; i < reset.count; i++)
		vector[i] = i % 8;
	reset.slots = (uintptr_t)vector;
	/* The first reset zeroes the rest of the vector, which then names slot 0. */
	ret = do_reset_cmd(&pool, &reset);
	test_err(0, ret);
	test_eq(reset.out_done, 3000);
	test_bytes(area_at(&pool, 0, 0), 0, 16 * PAGE);
}

TEST_MAIN()
