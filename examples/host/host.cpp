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
#include <fstream>
#include <iterator>

static std::string read_file(const char *path)
{
	std::ifstream file(path, std::ios::binary);

	return { std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>() };
}

static void serve(guardslot::allocator &allocator, const guardslot::wasm_module &module)
{
	guardslot::instance instance = allocator.allocate(module);
	const shim_export *memory = module.find_export("memory");

	if (!memory || memory->kind != SHIM_EXTERN_MEMORY)
		throw guardslot::error(EINVAL, "the module exports no memory");
	char *text = static_cast<char *>(instance.memory(memory->index)->base) + 1024;
	std::printf("request: \"%s\"\n", text);
	std::strcpy(text, "a secret");
}

int main(int argc, char **argv)
{
	try {
		std::string bytes = read_file(argc > 1 ? argv[1] : "");
		guardslot::wasm_module module(bytes.data(), bytes.size());
		guardslot::allocator allocator;

		allocator.validate(module);
		for (int request = 0; request < 3; request++)
			serve(allocator, module);
		allocator.purge(module);
		return 0;
	} catch (const std::system_error &error) {
		std::fprintf(stderr, "host: %s\n", error.what());
		return 1;
	}
}
