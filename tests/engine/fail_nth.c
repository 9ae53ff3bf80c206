// SPDX-License-Identifier: MIT
// A call or fault whose allocation or copy fails has changed nothing, and succeeds when made again.
/*
 * A call with a failed allocation returns ENOMEM or does without the memory; what
 * cannot be undone (RESET, PURGE, RESIZE, close) does not allocate.
 *
 * Each step is run again and again on a pool made anew; in the n-th run the
 * kernel's fault injection fails the n-th allocation that the thread makes, until a
 * run has none left to fail. A page fault from user mode whose allocation fails is
 * no error: the kernel lets the instruction run once more (VM_FAULT_OOM without an
 * OOM kill), so that a touch must always succeed in the end. In a system call the
 * same fault is EFAULT. A second sweep fails the n-th copy from or to user space.
 */
#include "test.h"

#include "fault_steps.h"
#include "guest.h"
#include "injection.h"
#include "sample_pool.h"

#define MAX_NTH 400

static bool same(const struct state *a, const struct state *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}

/*
 * Pages may have become private and mapped, or a VMA been split; nothing else has
 * changed.
 */
static bool same_but_for_pages(const struct state *before, const struct state *after)
{
	struct state copy = *after;

	for (uint32_t slot = 0; slot < SLOTS; slot++) {
		if (copy.slots[slot].out_resident_pages < before->slots[slot].out_resident_pages ||
		    copy.slots[slot].out_shared_pages > before->slots[slot].out_shared_pages)
			return false;
		copy.slots[slot].out_resident_pages = before->slots[slot].out_resident_pages;
		copy.slots[slot].out_shared_pages = before->slots[slot].out_shared_pages;
	}
	copy.resident = before->resident;
	copy.vmas = before->vmas;
	return same(before, &copy);
}

/* What a failed step left; @done is what a step that succeeds leaves. */
static void test_after_error(const struct fault_step *step, unsigned int nth, enum kind kind,
			     const struct state *before, const struct state *after,
			     const struct state *done)
{
	if (same(before, after))
		return;
	if (step->partly && same_but_for_pages(before, after))
		return;
	if (step->answers && kind == COPIES && same(done, after))
		return;
	test_fail("%s, failure %u: the error has changed something", step->name, nth);
}

/* Returns whether there was an n-th thing to fail. */
static bool run_step(const struct fault_step *step, unsigned int nth, enum kind kind,
		     const struct state *done)
{
	int expected = kind == COPIES ? step->error_at_copy : step->error, ret;
	struct state before, after;
	struct sample_pool sample;
	bool hit;

	sample_pool_make(&sample);
	if (step->prepare)
		step->prepare(&sample);
	state_take(&sample, &before);
	injection_arm(nth);
	ret = step->run(&sample);
	hit = injection_disarm();
	if (!step->ends)
		state_take(&sample, &after);
	if (ret && (!hit || !expected || (ret != expected && ret != -ENOMEM)))
		test_fail("%s, failure %u: returned %d, expected %d or success", step->name, nth,
			  ret, expected);
	if (ret)
		test_after_error(step, nth, kind, &before, &after, done);
	/* When nothing fails it succeeds, and from the same start comes to the same end. */
	if (ret && !(step->answers && kind == COPIES))
		test_err(0, step->run(&sample));
	if (!step->ends && !(step->answers && kind == COPIES)) {
		state_take(&sample, &after);
		if (!same(done, &after) && !(step->partly && same_but_for_pages(&before, &after)))
			test_fail("%s, failure %u: did not come to the same end", step->name, nth);
	}
	if (step->undo)
		step->undo(&sample);
	sample_pool_end(&sample);
	return hit;
}

/* What the step comes to when nothing fails. */
static void run_undisturbed(const struct fault_step *step, struct state *done)
{
	struct sample_pool sample;

	sample_pool_make(&sample);
	if (step->prepare)
		step->prepare(&sample);
	test_err(0, step->run(&sample));
	if (!step->ends)
		state_take(&sample, done);
	if (step->undo)
		step->undo(&sample);
	sample_pool_end(&sample);
}

static void sweep(enum kind kind)
{
	unsigned int total = 0;

	test_timeout(60);
	injection_start(kind);
	for (size_t i = 0; i < fault_step_count; i++) {
		struct state done;
		unsigned int nth = 1;

		run_undisturbed(&fault_steps[i], &done);
		while (run_step(&fault_steps[i], nth, kind, &done))
			test_ok(++nth < MAX_NTH);
		test_note("%s: %u %s failed in turn", fault_steps[i].name, nth - 1,
			  kind == COPIES ? "copies" : "allocations");
		total += nth - 1;
	}
	test_ok(total > 50 && total < MAX_NTH);
}

TEST_WHEN(is_debug_kernel,
	  "each allocation of each call and each fault fails in turn, and nothing breaks")
{
	sweep(ALLOCATIONS);
}

TEST_WHEN(is_debug_kernel, "each copy from and to user space fails in turn, and nothing breaks")
{
	sweep(COPIES);
}

TEST_MAIN()
