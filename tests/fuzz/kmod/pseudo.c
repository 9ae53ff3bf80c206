// SPDX-License-Identifier: MIT
/* The calls that are functions. Each returns -1 when it did nothing. */
#include "pseudo.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <guardslot.h>

#include "results.h"

#define PAGE 4096
#define CLAIM_STRIDE 64
#define PARAMETER "/sys/module/guardslot/parameters/reset_mode"

static __thread sigjmp_buf jump;
static __thread volatile sig_atomic_t jump_set;

static void note_signal(int number)
{
	if (jump_set)
		siglongjmp(jump, number);
	/* Not a touch's: the process is in disorder, and another one goes on. */
	_exit(3);
}

void pseudo_init(void)
{
	struct sigaction action = { .sa_handler = note_signal };

	sigaction(SIGSEGV, &action, NULL);
	sigaction(SIGBUS, &action, NULL);
}

static long close_if_unknown(int fd)
{
	if (fd >= 0 && !results_add_fd(&the_results, fd)) {
		close(fd);
		return -1;
	}
	return fd;
}

long syz_guardslot_open(const uint64_t *arguments)
{
	return close_if_unknown(open(GUARDSLOT_DEVICE, (int)arguments[0] | O_CLOEXEC));
}

long syz_guardslot_netlink(const uint64_t *arguments)
{
	(void)arguments;
	return close_if_unknown(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC));
}

/* Only what the program has opened. */
long syz_guardslot_close(const uint64_t *arguments)
{
	for (unsigned int i = 0; i < the_results.fd_count; i++)
		if ((uint64_t)the_results.fds[i] == arguments[0])
			return close((int)arguments[0]);
	return -1;
}

static long map(int fd, size_t length, int prot, uint64_t offset)
{
	void *at = mmap(NULL, length, prot, MAP_SHARED, fd, (off_t)offset);

	if (at == MAP_FAILED)
		return -1;
	if (!results_add_slab(&the_results, at, length)) {
		munmap(at, length);
		return -1;
	}
	return (long)at;
}

/* Mostly the whole slab, as that is what the library maps. */
long syz_guardslot_map(const uint64_t *arguments)
{
	uint64_t skip = arguments[1] % 4 ? 0 : arguments[1] / 4 * PAGE;

	return map((int)arguments[0], arguments[2] - skip, (int)arguments[3], skip);
}

long syz_guardslot_map_claims(const uint64_t *arguments)
{
	return map((int)arguments[0], arguments[2], PROT_READ | PROT_WRITE, arguments[1]);
}

/* The part of a slab that a call is for; its length is 0 when there is none. */
static struct slab part_of(const uint64_t *arguments)
{
	struct slab slab = results_find_slab(&the_results, arguments[0]);
	size_t from = arguments[1] * PAGE, length = arguments[2] * PAGE;

	if (from >= slab.length)
		return (struct slab){ NULL, 0 };
	if (length > slab.length - from)
		length = slab.length - from;
	return (struct slab){ slab.start + from, length };
}

long syz_guardslot_unmap(const uint64_t *arguments)
{
	struct slab part = part_of(arguments);

	return munmap(part.start, part.length);
}

long syz_guardslot_protect(const uint64_t *arguments)
{
	struct slab part = part_of(arguments);

	return mprotect(part.start, part.length, (int)arguments[3]);
}

long syz_guardslot_advise(const uint64_t *arguments)
{
	struct slab part = part_of(arguments);

	return madvise(part.start, part.length, (int)arguments[3]);
}

long syz_guardslot_move(const uint64_t *arguments)
{
	struct slab slab = results_find_slab(&the_results, arguments[0]);
	void *at;

	if (!slab.length)
		return -1;
	at = mremap(slab.start, slab.length, slab.length, MREMAP_MAYMOVE | MREMAP_DONTUNMAP);
	if (at == MAP_FAILED)
		at = mremap(slab.start, slab.length, slab.length / 2 + PAGE, MREMAP_MAYMOVE);
	if (at != MAP_FAILED && !results_add_slab(&the_results, at, slab.length))
		munmap(at, slab.length);
	return at == MAP_FAILED ? -1 : 0;
}

static void touch(uint8_t *page, bool write)
{
	if (sigsetjmp(jump, 1) == 0) {
		jump_set = 1;
		if (write)
			*(volatile uint8_t *)page = 0x5a;
		else
			(void)*(volatile uint8_t *)page;
	}
	jump_set = 0;
}

long syz_guardslot_touch(const uint64_t *arguments)
{
	struct slab part = part_of(arguments);

	for (size_t at = 0; at < part.length; at += PAGE)
		touch(part.start + at, arguments[3]);
	return part.length ? 0 : -1;
}

/* As a debugger does. */
long syz_guardslot_poke(const uint64_t *arguments)
{
	struct slab slab = results_find_slab(&the_results, arguments[0]);
	off_t at = (off_t)((uintptr_t)slab.start + arguments[1] * PAGE);
	uint8_t bytes[64] = { 1 };
	ssize_t ret;
	int fd;

	if (!slab.length)
		return -1;
	fd = open("/proc/self/mem", O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return -1;
	ret = arguments[2] ? pwrite(fd, bytes, sizeof(bytes), at + PAGE - 32) :
			     pread(fd, bytes, sizeof(bytes), at + PAGE - 32);
	close(fd);
	return ret;
}

/* In whatever mapping: only that of the claim words has them there. */
long syz_guardslot_claim(const uint64_t *arguments)
{
	struct slab slab = results_find_slab(&the_results, arguments[0]);
	uint8_t *word = slab.start + arguments[1] * CLAIM_STRIDE;

	if (!slab.length)
		return -1;
	if (sigsetjmp(jump, 1) == 0) {
		jump_set = 1;
		__atomic_store_n((uint32_t *)word, (uint32_t)arguments[2], __ATOMIC_RELEASE);
	}
	jump_set = 0;
	return 0;
}

long syz_guardslot_fork(const uint64_t *arguments)
{
	pid_t child = fork();

	if (child == 0) {
		touch((uint8_t *)arguments[0], true);
		_exit(0);
	}
	return child < 0 ? -1 : waitpid(child, NULL, 0);
}

static long read_all(const char *path)
{
	char bytes[4096];
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return -1;
	while (read(fd, bytes, sizeof(bytes)) > 0)
		;
	return close(fd);
}

static long write_to(const char *path, const char *text, size_t length)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	ssize_t ret;

	if (fd < 0)
		return -1;
	ret = write(fd, text, length);
	close(fd);
	return ret;
}

long syz_guardslot_fdinfo(const uint64_t *arguments)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", (int)arguments[0]);
	return read_all(path);
}

long syz_guardslot_shrink(const uint64_t *arguments)
{
	(void)arguments;
	return write_to("/proc/sys/vm/drop_caches", "2", 1);
}

long syz_guardslot_reset_mode(const uint64_t *arguments)
{
	return write_to(PARAMETER, &"012"[arguments[0] % 3], 1);
}

long syz_guardslot_receive(const uint64_t *arguments)
{
	char bytes[16384];
	ssize_t ret = -1;

	for (uint64_t i = 0; i < arguments[1] % 8; i++)
		ret = recv((int)arguments[0], bytes, sizeof(bytes), MSG_DONTWAIT);
	return ret;
}
