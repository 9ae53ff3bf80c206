// SPDX-License-Identifier: MIT
/* Maps the rings that the kernel makes, and submits one operation at a time. */
#include "uring.h"

#include <sys/mman.h>
#include <sys/syscall.h>

#define ENTRIES 8

bool uring_exists(void)
{
	struct io_uring_params params = { 0 };
	int fd = (int)syscall(SYS_io_uring_setup, ENTRIES, &params);

	if (fd >= 0)
		close(fd);
	return fd >= 0 || getenv("GUARDSLOT_GUEST");
}

static void *ring_map(const struct uring *ring, size_t length, off_t what)
{
	void *at = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, ring->fd,
			what);

	test_ok(at != MAP_FAILED);
	return at;
}

struct uring uring_open(void)
{
	struct uring ring = { 0 };
	const struct io_uring_params *params = &ring.params;

	ring.fd = (int)syscall(SYS_io_uring_setup, ENTRIES, &ring.params);
	test_sys(ring.fd);
	ring.sqes = ring_map(&ring, params->sq_entries * sizeof(*ring.sqes), IORING_OFF_SQES);
	ring.submitted =
		ring_map(&ring, params->sq_off.array + params->sq_entries * 4, IORING_OFF_SQ_RING);
	ring.completed = ring_map(
		&ring, params->cq_off.cqes + params->cq_entries * sizeof(struct io_uring_cqe),
		IORING_OFF_CQ_RING);
	return ring;
}

static uint32_t *word(unsigned char *ring, uint32_t offset)
{
	return (uint32_t *)(void *)(ring + offset);
}

static void enter(const struct uring *ring, unsigned int submit, unsigned int wait)
{
	unsigned int flags = wait ? IORING_ENTER_GETEVENTS : 0;
	long done;

	do
		done = syscall(SYS_io_uring_enter, ring->fd, submit, wait, flags, NULL, 0);
	while (done < 0 && errno == EINTR);
	test_sys(done);
	test_eq(done, submit);
}

void uring_start(struct uring *ring, const struct io_uring_sqe *operation)
{
	const struct io_sqring_offsets *at = &ring->params.sq_off;
	uint32_t *tail = word(ring->submitted, at->tail);
	uint32_t index = *tail & *word(ring->submitted, at->ring_mask);

	ring->sqes[index] = *operation;
	word(ring->submitted, at->array)[index] = index;
	__atomic_store_n(tail, *tail + 1, __ATOMIC_RELEASE);
	enter(ring, 1, 0);
}

int uring_wait(struct uring *ring, uint64_t *user_data)
{
	const struct io_cqring_offsets *at = &ring->params.cq_off;
	uint32_t *head = word(ring->completed, at->head);
	const struct io_uring_cqe *entries = (const void *)(ring->completed + at->cqes);
	const struct io_uring_cqe *entry = &entries[*head & *word(ring->completed, at->ring_mask)];
	int result;

	while (__atomic_load_n(word(ring->completed, at->tail), __ATOMIC_ACQUIRE) == *head)
		enter(ring, 0, 1);
	result = entry->res;
	if (user_data)
		*user_data = entry->user_data;
	__atomic_store_n(head, *head + 1, __ATOMIC_RELEASE);
	return result;
}

int uring_do(struct uring *ring, const struct io_uring_sqe *operation)
{
	uint64_t whose;
	int result;

	uring_start(ring, operation);
	result = uring_wait(ring, &whose);
	test_eq(whose, operation->user_data);
	return result;
}

int uring_register(struct uring *ring, unsigned int what, const void *with, unsigned int count)
{
	return syscall(SYS_io_uring_register, ring->fd, what, with, count) < 0 ? -errno : 0;
}
