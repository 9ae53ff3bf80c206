// SPDX-License-Identifier: MIT
/*
 * A fuzz loop in C++: the target starts once, each input runs in a slot that begins as it was
 * then, and a write past its memory is a signal.
 *
 *	loop [device|mmap]
 *
 * It ends when it has found the crash. The seed is fixed, so that it is the same in each run.
 */
#include <libshim/guardslot.hpp>

#include <csetjmp>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <random>
#include <string>

namespace
{

constexpr std::uint64_t memory_size = 64 << 10, runs_max = 1000000;

/* ---- the target: it has a bug, and reports how far an input came ------------- */

void target_start(unsigned char *memory)
{
	std::memset(memory, 'x', memory_size);
}

std::size_t target_run(unsigned char *memory, const std::string &input)
{
	static const std::string magic = "SLOT";
	std::size_t reached = 0;

	while (reached < magic.size() && input[reached] == magic[reached])
		memory[reached++ * 4096] = 1;
	if (reached == magic.size())
		memory[static_cast<unsigned char>(input[reached]) * 512u] = 1;
	return reached;
}

/* ---- the fuzzer ---------------------------------------------------------------- */

shim_pool *watched;
sigjmp_buf crash_jump;
shim_place crash_place;

void on_signal(int number, siginfo_t *info, void *)
{
	if (shim_pool_find(watched, info->si_addr, &crash_place))
		std::_Exit(128 + number); /* not a slot's */
	siglongjmp(crash_jump, 1);
}

bool crashes(guardslot::slot &slot, const std::string &input, std::size_t &reached)
{
	if (sigsetjmp(crash_jump, 1))
		return true;
	reached = target_run(slot.address<unsigned char>(), input);
	return false;
}

shim_pool_config config_of(const char *backend)
{
	shim_pool_config config = guardslot::pool_config(
		2, { guardslot::area(memory_size, 1 << 20, memory_size, memory_size) });

	if (backend)
		config.backend = std::strcmp(backend, "mmap") ? SHIM_BACKEND_DEVICE :
								SHIM_BACKEND_MMAP;
	return config;
}

int fuzz(const char *backend)
{
	guardslot::pool pool(config_of(backend));
	guardslot::slot start = pool.claim(), slot = pool.claim();
	std::minstd_rand random(7);
	std::string best(5, 'a');
	std::size_t best_reached = 0;
	struct sigaction action = {};

	watched = pool.get();
	action.sa_sigaction = on_signal;
	action.sa_flags = SA_SIGINFO;
	sigaction(SIGSEGV, &action, nullptr);
	target_start(start.address<unsigned char>());
	guardslot::image image = start.snapshot();
	slot.rebind(image);
	for (std::uint64_t run = 1; run <= runs_max; run++, slot.reset()) {
		std::string input = best;
		std::size_t reached = 0, at = random() % input.size();

		input[at] = static_cast<char>(random() % 256);
		if (crashes(slot, input, reached)) {
			std::printf("crash: execution %llu, at byte %llu of the slot\n",
				    static_cast<unsigned long long>(run),
				    static_cast<unsigned long long>(crash_place.offset));
			return 0;
		}
		if (reached > best_reached) {
			best_reached = reached;
			best = input;
		}
	}
	std::printf("no crash\n");
	return 1;
}

} /* namespace */

int main(int argc, char **argv)
{
	try {
		return fuzz(argc > 1 ? argv[1] : nullptr);
	} catch (const std::system_error &error) {
		std::fprintf(stderr, "loop: %s\n", error.what());
		return 1;
	}
}
