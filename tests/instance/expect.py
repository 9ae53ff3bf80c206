#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Says what an instance of a WebAssembly module has right after its active
segments have run: a reading of the binary that shares nothing with libshim's.

	expect.py MODULE.wasm >MODULE.expect

The host gives each imported global a value of its index in all imports, plus 1
(null for a reference), and each imported memory and table its minimum and a page
or 64 elements more, as far as its maximum goes, empty.
Lines of the result, of which what is not named is zero or null:

  memory INDEX BYTES             then: data INDEX OFFSET HEX
  table INDEX ELEMENTS           then: element INDEX AT FUNCTION
  global INDEX LOW HIGH          the bits, in hex
  global INDEX function FUNCTION
"""
import struct
import sys

ACTIVE, PASSIVE, DECLARED = "active", "passive", "declared"
WASM_PAGE = 65536
RUN = 1024  # bytes of a data line, as in whole_modules.c


class Reader:
    def __init__(self, data):
        self.data, self.at = data, 0

    def byte(self):
        self.at += 1
        return self.data[self.at - 1]

    def take(self, count):
        self.at += count
        assert self.at <= len(self.data)
        return self.data[self.at - count:self.at]

    def unsigned(self):
        value = shift = 0
        while True:
            byte = self.byte()
            value |= (byte & 0x7f) << shift
            shift += 7
            if byte < 0x80:
                return value

    def signed(self):
        value = shift = 0
        while True:
            byte = self.byte()
            value |= (byte & 0x7f) << shift
            shift += 7
            if byte < 0x80:
                return value - (1 << shift) if byte & 0x40 else value

    def limits(self, more=0):
        """The minimum, and so much more as the maximum allows."""
        flags, minimum = self.byte(), self.unsigned()
        return min(minimum + more, self.unsigned()) if flags & 1 else minimum + more

    def vector(self, read):
        return [read() for _ in range(self.unsigned())]


class Module:
    """The parts of a binary that an instance's content comes from."""

    def __init__(self, data):
        self.functions, self.tables, self.memories, self.globals = [], [], [], []
        self.elements, self.data = [], []
        reader = Reader(data)
        assert reader.take(8) == b"\0asm\1\0\0\0"
        handlers = {2: self.imports, 3: self.function_section, 4: self.table_section,
                    5: self.memory_section, 6: self.global_section,
                    9: self.element_section, 11: self.data_section}
        while reader.at < len(data):
            number, size = reader.byte(), reader.unsigned()
            self.r = Reader(reader.take(size))
            if number in handlers:
                handlers[number]()

    def imports(self):
        for index in range(self.r.unsigned()):
            self.r.take(self.r.unsigned())
            self.r.take(self.r.unsigned())
            kind = self.r.byte()
            if kind == 0:
                self.functions.append(self.r.unsigned())
            elif kind == 1:
                self.r.byte()
                self.tables.append([None] * self.r.limits(64))
            elif kind == 2:
                self.memories.append(bytearray(self.r.limits(1) * WASM_PAGE))
            else:
                reference = self.r.byte() in (0x70, 0x6f)
                self.r.byte()
                self.globals.append(None if reference else index + 1)

    def function_section(self):
        self.functions += self.r.vector(self.r.unsigned)

    def table_section(self):
        for _ in range(self.r.unsigned()):
            self.r.byte()
            self.tables.append([None] * self.r.limits())

    def memory_section(self):
        self.memories += [bytearray(pages * WASM_PAGE) for pages in self.r.vector(self.r.limits)]

    def global_section(self):
        for _ in range(self.r.unsigned()):
            kind = self.r.byte()
            self.r.byte()
            self.globals.append(self.expression(64 if kind == 0x7e else 32))

    def expression(self, bits):
        """The value: bits as a number, a function as ("function", index), or None."""
        stack = []
        while True:
            op = self.r.byte()
            if op == 0x0b:
                return stack.pop()
            if op == 0x23:
                stack.append(self.globals[self.r.unsigned()])
            elif op == 0x41:
                stack.append(self.r.signed() & 0xffffffff)
            elif op == 0x42:
                stack.append(self.r.signed() & 0xffffffffffffffff)
            elif op == 0x43:
                stack.append(struct.unpack("<I", self.r.take(4))[0])
            elif op == 0x44:
                stack.append(struct.unpack("<Q", self.r.take(8))[0])
            elif op == 0xd0:
                self.r.byte()
                stack.append(None)
            elif op == 0xd2:
                stack.append(("function", self.r.unsigned()))
            elif op == 0xfd:
                assert self.r.unsigned() == 12
                stack.append(int.from_bytes(self.r.take(16), "little"))
            else:
                b, a = stack.pop(), stack.pop()
                name = {0x6a: "add", 0x6b: "sub", 0x6c: "mul",
                        0x7c: "add", 0x7d: "sub", 0x7e: "mul"}[op]
                result = {"add": a + b, "sub": a - b, "mul": a * b}[name]
                stack.append(result % (1 << bits))

    def element_section(self):
        for _ in range(self.r.unsigned()):
            flags = self.r.unsigned()
            mode, table, offset = ACTIVE, 0, None
            if flags & 1:
                mode = DECLARED if flags & 2 else PASSIVE
            else:
                table = self.r.unsigned() if flags & 2 else 0
                offset = self.expression(32)
            if flags & 3:
                self.r.byte()  # the kind of element, or its type
            if flags & 4:
                items = self.r.vector(lambda: self.expression(32))
            else:
                items = [("function", f) for f in self.r.vector(self.r.unsigned)]
            self.elements.append((mode, table, offset, items))

    def data_section(self):
        for _ in range(self.r.unsigned()):
            flags = self.r.unsigned()
            memory = self.r.unsigned() if flags == 2 else 0
            offset = None if flags == 1 else self.expression(64)
            content = self.r.take(self.r.unsigned())
            self.data.append((PASSIVE if flags == 1 else ACTIVE, memory, offset, content))

    def run_segments(self):
        for mode, table, offset, items in self.elements:
            if mode == ACTIVE:
                assert offset + len(items) <= len(self.tables[table])
                self.tables[table][offset:offset + len(items)] = items
        for mode, memory, offset, content in self.data:
            if mode == ACTIVE:
                assert offset + len(content) <= len(self.memories[memory])
                self.memories[memory][offset:offset + len(content)] = content


def show(module):
    for index, memory in enumerate(module.memories):
        print("memory", index, len(memory))
        for at in range(0, len(memory), RUN):
            run = bytes(memory[at:at + RUN])
            if run.count(0) < len(run):
                print("data", index, at, run.hex())
    for index, table in enumerate(module.tables):
        print("table", index, len(table))
        for at, item in enumerate(table):
            if item:
                print("element", index, at, item[1])
    for index, value in enumerate(module.globals):
        if isinstance(value, tuple):
            print("global", index, "function", value[1])
        else:
            value = value or 0
            print("global", index, "%x" % (value & (1 << 64) - 1), "%x" % (value >> 64))


def main():
    with open(sys.argv[1], "rb") as file:
        module = Module(file.read())
    module.run_segments()
    show(module)


main()
