// SPDX-License-Identifier: MIT
/*
 * A host of a .wasm in C++: an instance for each request, which begins as the module says.
 * This program takes the place of compiled code: it reads and overwrites the memory.
 *
 *	host MODULE.wasm
 */
#include <libshim/guardslot.hpp>

#include <cstdio>
#include <cstring>

static void serve(guardslot::allocator &allocator, const guardslot::wasm_module &module)
{
	guardslot::instance instance = allocator.allocate(module);
	shim_vm_memory *memory = instance.find_memory("memory");

	if (!memory)
		throw guardslot::error(EINVAL, "the module exports no memory");
	char *text = static_cast<char *>(memory->base) + 1024;
	std::printf("request: \"%s\"\n", text);
	std::strcpy(text, "a secret");
}

int main(int argc, char **argv)
{
	try {
		guardslot::wasm_module module(argc > 1 ? argv[1] : "");
		guardslot::allocator allocator(module, 1);

		for (int request = 0; request < 3; request++)
			serve(allocator, module);
		allocator.purge(module);
		return 0;
	} catch (const std::system_error &error) {
		std::fprintf(stderr, "host: %s\n", error.what());
		return 1;
	}
}
