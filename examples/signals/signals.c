// SPDX-License-Identifier: MIT
/*
 * A tenant that leaves its memory is an error of its request, and not the end of the program:
 * the handler of the signal finds slot, area and offset and returns to who runs the tenant.
 * It has a stack of its own, and gives signals of other addresses to the handler before it.
 *
 *	signals [device|mmap]
 */
#include <err.h>
#include <errno.h>
#include <inttypes.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <libshim.h>

#define MEMORY (1u << 16)

static struct shim_pool *pool;
static struct sigaction before[NSIG];
/* Of the thread that runs a tenant: where to return to, and what the handler found. */
static _Thread_local sigjmp_buf *back;
static _Thread_local struct shim_place place;

static void check(int error)
{
	if (error)
		errx(1, "%s", shim_error());
}

/* ---- signals --------------------------------------------------------------------- */

/* The handler that was there before, as the kernel would have called it. */
static void pass_on(int number, siginfo_t *info, void *context)
{
	const struct sigaction *old = &before[number];

	if (old->sa_flags & SA_SIGINFO) {
		old->sa_sigaction(number, info, context);
	} else if (old->sa_handler != SIG_DFL && old->sa_handler != SIG_IGN) {
		old->sa_handler(number);
	} else {
		/* The instruction is repeated, and the signal ends the program. */
		signal(number, SIG_DFL);
	}
}

/* All that is called here is async-signal-safe; shim_pool_find() is. */
static void on_fault(int number, siginfo_t *info, void *context)
{
	struct shim_place found;

	if (!back || shim_pool_find(pool, info->si_addr, &found)) {
		pass_on(number, info, context);
		return;
	}
	place = found;
	siglongjmp(*back, 1);
}

/* SIGSEGV is a touch past a limit; on the device SIGBUS is a page that cannot be had. */
static void catch_faults(void)
{
	static const int numbers[] = { SIGSEGV, SIGBUS };
	struct sigaction action = { .sa_flags = SA_SIGINFO | SA_ONSTACK };
	stack_t stack = { .ss_size = 1 << 16 };

	/* Each thread that runs tenants needs one: theirs may be what has run over. */
	stack.ss_sp = malloc(stack.ss_size);
	if (!stack.ss_sp || sigaltstack(&stack, NULL))
		err(1, "sigaltstack");
	action.sa_sigaction = on_fault;
	for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++)
		if (sigaction(numbers[i], &action, &before[numbers[i]]))
			err(1, "sigaction");
}

/* ---- tenants --------------------------------------------------------------------- */

/* Runs the tenant in the slot: 0, or -EFAULT when it left its memory, with place set. */
static int tenant_run(uint32_t slot, void (*tenant)(volatile char *memory))
{
	sigjmp_buf here;

	/* The mask goes back as well: the signal was blocked in the handler. */
	if (sigsetjmp(here, 1)) {
		back = NULL;
		return -EFAULT;
	}
	back = &here;
	tenant((volatile char *)shim_slot_address(pool, slot, 0));
	back = NULL;
	return 0;
}

static void good(volatile char *memory)
{
	memory[0]++;
	memory[MEMORY - 1]++;
}

static void bad(volatile char *memory)
{
	memory[0]++;
	memory[MEMORY + 4097]++;
}

static void request(const char *name, uint32_t slot, void (*tenant)(volatile char *memory))
{
	int error = tenant_run(slot, tenant);

	if (error)
		printf("%s: %s: slot %" PRIu32 ", area %" PRIu32 ", offset %" PRIu64 " (%s)\n",
		       name, strerror(-error), place.slot, place.area, place.offset,
		       place.kind == SHIM_PLACE_GUARD ? "the guard" : "past the limit");
	else
		printf("%s: done\n", name);
	check(shim_slot_reset(pool, &slot, 1, NULL));
	if (*(volatile char *)shim_slot_address(pool, slot, 0))
		errx(1, "%s left something", name);
}

/* ---- the program ----------------------------------------------------------------- */

/* A handler that some other part of the program has. */
static void on_other(int number)
{
	static const char text[] = "not a slot's: the handler from before has it\n";

	(void)number;
	_exit(write(STDOUT_FILENO, text, sizeof(text) - 1) < 0);
}

int main(int argc, char **argv)
{
	struct shim_pool_config config;
	volatile char *nowhere;

	signal(SIGSEGV, on_other);
	shim_pool_config_init(&config);
	if (argc > 1)
		config.backend = strcmp(argv[1], "mmap") ? SHIM_BACKEND_DEVICE : SHIM_BACKEND_MMAP;
	config.slots = 2;
	config.area_count = 1;
	config.areas[0].reserve = config.areas[0].guard = MEMORY;
	config.areas[0].max = config.areas[0].initial = MEMORY;
	check(shim_pool_create(&config, &pool));
	catch_faults();
	request("good", 0, good);
	request("bad", 1, bad);
	request("good after bad", 1, good);
	nowhere =
		(volatile char *)mmap(NULL, MEMORY, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	fflush(stdout);
	return nowhere[0];
}
