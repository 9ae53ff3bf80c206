#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Says what an instance of a WebAssembly module has right after its active segments have
run, as Wasmtime makes it, in the words of tests/lib/state_text.h.

    oracle.py MODULE.wasm >MODULE.state

PYTHONPATH has the package wasmtime, and tests/spec."""

import ctypes
import sys
import zlib

import wasmtime
from wasmtime import _ffi as ffi

from relink import FUNCTION, GLOBAL, MEMORY, READ, TABLE, Module

CHUNK = 4096  # bytes of a sum line
ZERO = bytes(CHUNK)
MEMORY_TRAP, TABLE_TRAP = 1, 3  # wasmtime_trap_code()
# The kinds of values that wasmtime_valunion has; those of references come last.
I32, I64, F32, F64, V128, FUNCREF, EXTERNREF, ANYREF, EXNREF = range(9)


class Trapped(Exception):
    """Instantiation ended in a trap; the kind is "memory", "table", or Wasmtime's words."""


def engine():
    config = wasmtime.Config()
    for feature in ("gc", "function_references", "exceptions", "memory64", "threads",
                    "multi_memory", "relaxed_simd", "tail_call"):
        setattr(config, "wasm_" + feature, True)
    config.shared_memory = True
    config.cranelift_opt_level = "none"
    return wasmtime.Engine(config)


def compiled(machine, binary):
    return wasmtime.Module(machine, binary)


class Store:
    """A store, and instances in it whose exports are read as they are."""

    def __init__(self, machine):
        self.store = wasmtime.Store(machine)
        self.context = self.store._context()

    def instantiate(self, module, imports, names):
        """These exports of a new instance."""
        externs = (ffi.wasmtime_extern_t * len(imports))(*imports)
        instance, trap = ffi.wasmtime_instance_t(), ctypes.POINTER(ffi.wasm_trap_t)()
        error = ffi.wasmtime_instance_new(self.context, module.ptr(), externs, len(imports),
                                          ctypes.byref(instance), ctypes.byref(trap))
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
        if item.kind == ffi.WASMTIME_EXTERN_SHAREDMEMORY.value:
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
            ffi.wasmtime_val_unroot(ctypes.byref(value))

    def reference(self, value, functions):
        """In words, or None if it is null."""
        if value.kind == FUNCREF:
            if not value.of.funcref.store_id:
                return None
            function = functions.get(private(value.of.funcref))
            return "reference" if function is None else "function %d" % function
        of = {EXTERNREF: "externref", ANYREF: "anyref", EXNREF: "exnref"}[value.kind]
        reference = getattr(value.of, of)
        if not reference.store_id:
            return None
        i31 = ctypes.c_uint32()
        if value.kind == ANYREF and ffi.wasmtime_anyref_i31_get_u(
                self.context, ctypes.byref(reference), ctypes.byref(i31)):
            return "i31 %d" % i31.value
        return "reference"

    def global_(self, item, functions):
        """In words."""
        value = ffi.wasmtime_val_t()
        ffi.wasmtime_global_get(self.context, ctypes.byref(item.of.global_),
                                ctypes.byref(value))
        if value.kind >= FUNCREF:
            words = self.reference(value, functions) or "null"
            ffi.wasmtime_val_unroot(ctypes.byref(value))
            return words
        bits = bytes(value.of)[:{I32: 4, F32: 4, I64: 8, F64: 8, V128: 16}[value.kind]]
        low, high = int.from_bytes(bits[:8], "little"), int.from_bytes(bits[8:], "little")
        return "%x %x" % (low, high)


def private(function):
    return getattr(function, "__private")


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
    functions = {private(value.of.funcref): index
                 for index, value in enumerate(store.table(externs[-1]))}
    yield from contents(store, *([item for item, of in zip(externs, kinds) if of == kind]
                                 for kind in (MEMORY, TABLE)), functions)


def state(machine, binary):
    """The lines of an instance with its imports. After a trap there are none of globals."""
    module, store = Module(binary), Store(machine)
    imports = store.instantiate(compiled(machine, module.provider()), [],
                                [b"%d" % index for index in range(len(module.imports))])
    try:
        exports = store.instantiate(compiled(machine, module.readable()), imports,
                                    [b"%d %d" % (kind, index) for kind in READ
                                     for index in range(module.counts[kind])])
        yield "initialized"
    except Trapped as trap:
        yield "trap %s" % trap
        yield from left_over(machine, module)
        return
    parts, at = {}, 0
    for kind in READ:
        parts[kind] = exports[at:at + module.counts[kind]]
        at += module.counts[kind]
    functions = {private(item.of.func): index for index, item in enumerate(parts[FUNCTION])}
    yield from contents(store, parts[MEMORY], parts[TABLE], functions)
    for index, item in enumerate(parts[GLOBAL]):
        yield "global %d %s" % (index, store.global_(item, functions))


def main():
    with open(sys.argv[1], "rb") as file:
        binary = file.read()
    for line in state(engine(), binary):
        print(line)


if __name__ == "__main__":
    main()
