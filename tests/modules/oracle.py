#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Says what an instance of a WebAssembly module has right after its active segments have
run, as Wasmtime makes it, in the words of tests/lib/state_text.h.

    oracle.py MODULE.wasm >MODULE.state
    oracle.py - [exact] <BINARIES

PYTHONPATH has the package wasmtime, which may be 5.0.0, and tests/spec. BINARIES has one
after the other, each after its length of 4 bytes, as tests/spec/judge reads them; then the
lines of each end with a dot, and are "refused" and why where Wasmtime makes no instance.
"exact" gives imported memories and tables their minimum, and no more."""

import ctypes
import resource
import struct
import sys
import zlib

import wasmtime
from wasmtime import _ffi as ffi

import wasmtime_api as api
from relink import FUNCTION, GLOBAL, MEMORY, READ, TABLE, Module, names

CHUNK = 4096  # bytes of a sum line
ZERO = bytes(CHUNK)
# Of the process, in which Wasmtime compiles; at the limit it says so and aborts. RLIMIT_AS
# would count what is reserved for memories, of which RLIMIT_DATA counts what is accessible.
MOST_MEMORY = 6 << 30
MEMORY_TRAP, TABLE_TRAP = 1, 3  # wasmtime_trap_code()
BITS = {api.I32: 4, api.F32: 4, api.I64: 8, api.F64: 8, api.V128: 16}


class Trapped(Exception):
    """Instantiation ended in a trap; the kind is "memory", "table", or Wasmtime's words."""


def engine():
    return wasmtime.Engine(api.config())


def compiled(machine, binary):
    return wasmtime.Module(machine, binary)


class Store:
    """A store, and instances in it whose exports are read as they are."""

    def __init__(self, machine):
        self.store = wasmtime.Store(machine)
        self.context = api.context_of(self.store)

    def instantiate(self, module, imports, names):
        """These exports of a new instance."""
        externs = (ffi.wasmtime_extern_t * len(imports))(*imports)
        instance, trap = ffi.wasmtime_instance_t(), ctypes.POINTER(ffi.wasm_trap_t)()
        error = ffi.wasmtime_instance_new(self.context, api.pointer_of(module), externs,
                                          len(imports), ctypes.byref(instance),
                                          ctypes.byref(trap))
        if error:
            raise wasmtime.WasmtimeError._from_ptr(error)
        if trap:
            code = ctypes.c_uint8()
            ffi.wasmtime_trap_code(trap, ctypes.byref(code))
            words = {MEMORY_TRAP: "memory", TABLE_TRAP: "table"}
            raise Trapped(words.get(code.value, "trap %d" % code.value))
        return [self.export(instance, name) for name in names]

    def export(self, instance, name):
        item = ffi.wasmtime_extern_t()
        if not ffi.wasmtime_instance_export_get(self.context, ctypes.byref(instance), name,
                                                len(name), ctypes.byref(item)):
            raise RuntimeError("there is no export %s" % name)
        return item

    def memory(self, item):
        """The bytes of a memory."""
        if api.is_shared(item):
            base = ffi.wasmtime_sharedmemory_data(item.of.sharedmemory)
            size = ffi.wasmtime_sharedmemory_data_size(item.of.sharedmemory)
        else:
            memory = ctypes.byref(item.of.memory)
            base = ffi.wasmtime_memory_data(self.context, memory)
            size = ffi.wasmtime_memory_data_size(self.context, memory)
        if not size:
            return memoryview(b"")
        address = ctypes.cast(base, ctypes.c_void_p).value
        return memoryview((ctypes.c_ubyte * size).from_address(address)).cast("B")

    def table(self, item):
        """The elements of a table."""
        table, value = ctypes.byref(item.of.table), ffi.wasmtime_val_t()
        for index in range(ffi.wasmtime_table_size(self.context, table)):
            if not ffi.wasmtime_table_get(self.context, table, index, ctypes.byref(value)):
                raise RuntimeError("a table has fewer elements than it says")
            yield value
            api.drop(value)

    def reference(self, value, functions):
        """In words, or None if it is null."""
        if api.is_null(value):
            return None
        if value.kind == api.FUNCREF:
            function = functions.get(self.identity(value.of.funcref))
            return "reference" if function is None else "function %d" % function
        number = api.i31_of(self.context, value)
        return "reference" if number is None else "i31 %d" % number

    def identity(self, function):
        return api.identity(self.context, function)

    def global_(self, item, functions):
        """In words."""
        value = ffi.wasmtime_val_t()
        ffi.wasmtime_global_get(self.context, ctypes.byref(item.of.global_),
                                ctypes.byref(value))
        if value.kind >= api.FUNCREF:
            words = self.reference(value, functions) or "null"
            api.drop(value)
            return words
        bits = bytes(value.of)[:BITS[value.kind]]
        low, high = int.from_bytes(bits[:8], "little"), int.from_bytes(bits[8:], "little")
        return "%x %x" % (low, high)


def memory_lines(index, content):
    yield "memory %d %d" % (index, len(content))
    for at in range(0, len(content), CHUNK):
        chunk = content[at:at + CHUNK]
        if chunk != ZERO[:len(chunk)]:
            yield "sum %d %08x" % (at, zlib.crc32(chunk))


def contents(store, memories, tables, functions):
    """The lines of memories and tables."""
    for index, item in enumerate(memories):
        yield from memory_lines(index, store.memory(item))
    for index, item in enumerate(tables):
        elements = [store.reference(value, functions) for value in store.table(item)]
        yield "table %d %d" % (index, len(elements))
        for at, element in enumerate(elements):
            if element:
                yield "element %d %s" % (at, element)


def left_over(machine, module):
    """What an instance whose segments trap leaves in memories and tables, its own too."""
    provider, user = module.hosted()
    kinds = [item.kind for item in module.imports] + [kind for kind, _ in module.defined()]
    store = Store(machine)
    externs = store.instantiate(compiled(machine, provider), [],
                                [b"%d" % index for index in range(len(kinds) + 1)])
    try:
        store.instantiate(compiled(machine, user), externs, [])
        raise RuntimeError("a module traps only where its memories are its own")
    except Trapped:
        pass
    functions = {store.identity(value.of.funcref): index
                 for index, value in enumerate(store.table(externs[-1]))}
    yield from contents(store, *([item for item, of in zip(externs, kinds) if of == kind]
                                 for kind in (MEMORY, TABLE)), functions)


def state(machine, binary, is_exact=False):
    """The lines of an instance with its imports. After a trap there are none of globals."""
    module, store = Module(binary, is_exact), Store(machine)
    imports = store.instantiate(compiled(machine, module.provider()), [],
                                [b"%d" % index for index in range(len(module.imports))])
    every = [name for kind in READ for name in names(kind, 0, module.counts[kind])]
    *links, (last, _) = module.links()
    try:
        for link, defined in links:
            imports += store.instantiate(compiled(machine, link), imports, defined)
        exports = store.instantiate(compiled(machine, last), imports, every)
        yield "initialized"
    except Trapped as trap:
        yield "trap %s" % trap
        yield from left_over(machine, module)
        return
    parts, at = {}, 0
    for kind in READ:
        parts[kind] = exports[at:at + module.counts[kind]]
        at += module.counts[kind]
    functions = {store.identity(item.of.func): index
                 for index, item in enumerate(parts[FUNCTION])}
    yield from contents(store, parts[MEMORY], parts[TABLE], functions)
    for index, item in enumerate(parts[GLOBAL]):
        yield "global %d %s" % (index, store.global_(item, functions))


def answer(machine, binary, is_exact):
    """The lines of a binary, or why there are none."""
    try:
        return list(state(machine, binary, is_exact))
    except (NotImplementedError, wasmtime.WasmtimeError) as error:
        return ["refused " + " ".join(str(error).split())]


def answer_all(machine, stream, is_exact):
    """Answers binary after binary."""
    while length := stream.read(4):
        for line in answer(machine, stream.read(struct.unpack("<I", length)[0]), is_exact):
            print(line)
        print(".")


def main():
    resource.setrlimit(resource.RLIMIT_DATA, (MOST_MEMORY, MOST_MEMORY))
    if sys.argv[1] == "-":
        answer_all(engine(), sys.stdin.buffer, sys.argv[2:] == ["exact"])
        return
    with open(sys.argv[1], "rb") as file:
        binary = file.read()
    for line in state(engine(), binary):
        print(line)


if __name__ == "__main__":
    main()
