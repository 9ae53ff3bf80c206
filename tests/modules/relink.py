# SPDX-License-Identifier: MIT
"""Makes of a WebAssembly binary the two modules by which Wasmtime shows what an instance of
it has: one that exports whatever the binary imports, and the binary itself with empty bodies,
without its start function, and with an export for each memory, table, global and function. Of
an instance whose segments trap, hosted() shows what is left: there its memories and tables
are imports, too. Of a module with very many globals Wasmtime makes a function that takes
all memory to compile; links() divides it into several.

What is imported is as tests/lib/module_host.c has it: a number is its index in all imports
plus 1, a reference null where its type allows that, and a memory or table has a page or 64
elements more than the minimum, as far as its maximum goes; if it is exact it has no more."""

import struct

from binary import EMPTY_BODY, HEADER, emptied, encode, number

FUNCTION, TABLE, MEMORY, GLOBAL, TAG = range(5)
# What is read of an instance, in this order.
READ = (MEMORY, TABLE, GLOBAL, FUNCTION)
TYPES, IMPORTS, FUNCTIONS, TABLES, MEMORIES, GLOBALS, EXPORTS, START = 1, 2, 3, 4, 5, 6, 7, 8
ELEMENTS, CODE, TAGS = 9, 10, 13
# In which sections stand in a binary; 11 are data, 12 is their number.
ORDER = (TYPES, IMPORTS, FUNCTIONS, TABLES, MEMORIES, TAGS, GLOBALS, EXPORTS, START, ELEMENTS,
         12, CODE, 11)
WITH_INIT = 0x40
NULLABLE, NON_NULL = 0x63, 0x64
# Of expressions of globals, in bytes: what Wasmtime compiles in one module, and of a module
# that is divided each part, which has no more globals than that either.
MOST_TOGETHER, MOST_OF_PART, MOST_GLOBALS = 1000000, 150000, 2000
EXTERN, ANY, EQ, I31, FUNC = 0x6F, 0x6E, 0x6D, 0x6C, 0x70
MAXIMUM, SHARED, WIDE = 1, 2, 4
MORE_ELEMENTS = 64
# Of constant expressions: what follows an operator, in bytes or as LEB128 numbers.
END, GC, VECTOR = 0x0B, 0xFB, 0xFD
CONSTANT_BYTES = {0x43: 4, 0x44: 8}
NUMBERS = {0x23: 1, 0x41: 1, 0x42: 1, 0xD0: 1, 0xD2: 1}
# struct.new, array.new and their default forms have a type, array.new_fixed a length, too.
GC_NUMBERS = {0: 1, 1: 1, 6: 1, 7: 1, 8: 2}


class Import:
    """One import: its kind, and the bytes or numbers of its type."""

    def __init__(self, kind):
        self.kind = kind
        self.type = self.flags = self.minimum = self.maximum = None


class Cursor:
    def __init__(self, data):
        self.data, self.at = data, 0

    def number(self):
        value, self.at = number(self.data, self.at)
        return value

    def byte(self):
        self.at += 1
        return self.data[self.at - 1]

    def skip(self, count):
        self.at += count

    def value_type(self):
        """The bytes of the type."""
        start = self.at
        if self.byte() in (NULLABLE, NON_NULL):
            while self.byte() >= 0x80:
                pass
        return self.data[start:self.at]

    def limits(self, item):
        item.flags, item.minimum = self.byte(), self.number()
        item.maximum = self.number() if item.flags & MAXIMUM else None

    def expression(self):
        """The bytes of a constant expression."""
        start = self.at
        while (operator := self.byte()) != END:
            if operator in CONSTANT_BYTES:
                self.skip(CONSTANT_BYTES[operator])
                continue
            numbers = NUMBERS.get(operator, 0)
            if operator == GC:
                numbers = GC_NUMBERS.get(self.number(), 0)
            elif operator == VECTOR:
                self.number()
                self.skip(16)
            for _ in range(numbers):
                self.number()
        return self.data[start:self.at]

    def import_(self):
        self.skip(self.number())
        self.skip(self.number())
        item = Import(self.byte())
        if item.kind == FUNCTION:
            item.type = self.number()
        elif item.kind == TABLE:
            item.type = self.value_type()
            self.limits(item)
        elif item.kind == MEMORY:
            self.limits(item)
        elif item.kind == GLOBAL:
            item.type = self.value_type() + bytes([self.byte()])
        else:
            self.skip(1)
            item.type = self.number()
        return item


def signed(value):
    """A number as signed LEB128."""
    out = bytearray()
    while not -64 <= value < 64:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value & 0x7F)
    return bytes(out)


def vector(items):
    return encode(len(items)) + b"".join(items)


def section(kind, content):
    return bytes([kind]) + encode(len(content)) + content


def names(kind, first, count):
    """The names under which exports() has these, by kind and index."""
    return [b"%d %d" % (kind, index) for index in range(first, first + count)]


def exports_of(ranges):
    """A section of exports: of each kind those from first on."""
    return section(EXPORTS, vector([
        encode(len(name)) + name + bytes([kind]) + encode(index)
        for kind, first, count in ranges
        for index, name in enumerate(names(kind, first, count), first)]))


def exports(kind, first, count):
    return exports_of([(kind, first, count)])


def sections(binary):
    """The kind and the content of each section."""
    at = HEADER
    while at < len(binary):
        kind = binary[at]
        length, start = number(binary, at + 1)
        at = start + length
        yield kind, binary[start:at]


def expression(kind, value, function):
    """A constant expression of the type, which has this value if it is a number, or is a
    reference to the function that function() makes of a type."""
    number31 = b"\x41" + signed(value)
    if kind[0] == NULLABLE:
        return b"\xd0" + kind[1:] + b"\x0b"
    if kind[0] == NON_NULL:
        heap = kind[1]
        if heap == EXTERN:
            return number31 + b"\xfb\x1c\xfb\x1b\x0b"
        if heap in (ANY, EQ, I31):
            return number31 + b"\xfb\x1c\x0b"
        if heap == FUNC or heap < 0x40 or heap >= 0x80:
            of = 0 if heap == FUNC else number(kind, 1)[0]
            return b"\xd2" + encode(function(of)) + b"\x0b"
        raise NotImplementedError("an imported reference of the type %s" % kind.hex())
    return {
        0x7F: lambda: number31,
        0x7E: lambda: b"\x42" + signed(value),
        0x7D: lambda: b"\x43" + struct.pack("<I", value),
        0x7C: lambda: b"\x44" + struct.pack("<Q", value),
        0x7B: lambda: b"\xfd\x0c" + struct.pack("<QQ", value, 0),
    }.get(kind[0], lambda: b"\xd0" + kind[:1])() + b"\x0b"


class Module:
    """What is read of a binary, and the two modules."""

    def __init__(self, binary, is_exact=False):
        self.is_exact = is_exact
        self.sections = [(kind, content) for kind, content in sections(binary) if kind]
        self.imports, self.raw_imports = [], b""
        self.counts = [0] * 5
        for kind, content in self.sections:
            cursor = Cursor(content)
            if kind == IMPORTS:
                count = cursor.number()
                self.raw_imports = content[cursor.at:]
                self.imports = [cursor.import_() for _ in range(count)]
                for item in self.imports:
                    self.counts[item.kind] += 1
            defined = {FUNCTIONS: FUNCTION, TABLES: TABLE, MEMORIES: MEMORY,
                       GLOBALS: GLOBAL, TAGS: TAG}.get(kind)
            if defined is not None:
                self.counts[defined] += cursor.number()

    def defined(self):
        """The bytes of the memories and tables that the module defines, by kind."""
        items = []
        for kind, content in self.sections:
            cursor = Cursor(content)
            for _ in range(cursor.number() if kind in (TABLES, MEMORIES) else 0):
                start = cursor.at
                if kind == TABLES and cursor.value_type()[0] == WITH_INIT:
                    raise NotImplementedError("a table with a first value")
                cursor.limits(Import(None))
                items.append((TABLE if kind == TABLES else MEMORY, content[start:cursor.at]))
        # So that each has the index that it had.
        return sorted(items, key=lambda item: -item[0])

    def provider(self, more=()):
        """The module whose exports are the imports, in their order, and more."""
        made = [[] for _ in range(5)]
        exports, others = [], []
        imported = sum(item.kind == FUNCTION for item in self.imports)

        def function(of):
            """Another function, of this type."""
            others.append(encode(of))
            return imported + len(others) - 1

        types = dict(self.sections).get(TYPES, b"\0")
        # A reference to a function wants one.
        types = b"\x01\x60\0\0" if types == b"\0" else types
        for index, item in enumerate(self.imports):
            name = b"%d" % index
            exports.append(encode(len(name)) + name + bytes([item.kind]) +
                           encode(len(made[item.kind])))
            made[item.kind].append(provided(item, index, function, self.is_exact))
        for index, (kind, content) in enumerate(more, len(self.imports)):
            name = b"%d" % index
            exports.append(encode(len(name)) + name + bytes([kind]) + encode(len(made[kind])))
            made[kind].append(content)
        made[FUNCTION] += others
        out = b"\0asm\1\0\0\0" + section(TYPES, types) + section(FUNCTIONS, vector(made[FUNCTION]))
        out += section(TABLES, vector(made[TABLE])) + section(MEMORIES, vector(made[MEMORY]))
        if made[TAG]:
            out += section(TAGS, vector(made[TAG]))
        out += section(GLOBALS, vector(made[GLOBAL])) + section(EXPORTS, vector(exports))
        return out + section(CODE, vector([EMPTY_BODY] * len(made[FUNCTION])))

    def readable(self, parts=None):
        """The binary with empty bodies and all exported: memories, tables, globals, functions."""
        exported = exports_of([(kind, 0, self.counts[kind]) for kind in READ])
        out, is_exported = bytearray(b"\0asm\1\0\0\0"), False
        for kind, content in self.sections if parts is None else parts:
            if kind in (START, EXPORTS):
                continue
            if not is_exported and (kind > EXPORTS and kind != TAGS):
                out += exported
                is_exported = True
            out += section(kind, emptied(content) if kind == CODE else content)
        return bytes(out if is_exported else out + exported)

    def globals(self):
        """The type and the expression of each global that the module defines."""
        cursor = Cursor(dict(self.sections).get(GLOBALS, b"\0"))
        for _ in range(cursor.number()):
            start = cursor.at
            cursor.value_type()
            cursor.skip(1)
            yield cursor.data[start:cursor.at], cursor.expression()

    def links(self):
        """The modules by which readable() is reached where there are very many globals: the
        first defines the functions, and each of the next some globals. Of each the imports
        are those of the module and what those before define, and it exports what it defines,
        by the names that come with it. The last is for the rest, and mostly alone."""
        made, types = list(self.globals()), dict(self.sections).get(TYPES, b"\0")
        if sum(len(expression) for _, expression in made) <= MOST_TOGETHER:
            return [(self.readable(), None)]
        functions = Cursor(dict(self.sections).get(FUNCTIONS, b"\0"))
        functions = [encode(functions.number()) for _ in range(functions.number())]
        imported = self.counts[FUNCTION] - len(functions)
        more = [b"\0\0\0" + of for of in functions]
        first_link = self.link(types, []) + section(FUNCTIONS, vector(functions))
        first_link += exports(FUNCTION, imported, len(functions))
        first_link += section(CODE, vector([EMPTY_BODY] * len(functions)))
        out = [(first_link, names(FUNCTION, imported, len(functions)))]
        first = self.counts[GLOBAL] - len(made)
        for part in parts(made):
            link = self.link(types, more) + section(
                GLOBALS, vector([b"".join(one) for one in part]))
            out.append((link + exports(GLOBAL, first, len(part)), names(GLOBAL, first, len(part))))
            more += [b"\0\0\3" + kind for kind, _ in part]
            first += len(part)
        rest = [(kind, content) for kind, content in self.sections
                if kind not in (TYPES, IMPORTS, FUNCTIONS, GLOBALS, CODE)]
        return out + [(self.link(types, more) + self.readable(rest)[HEADER:], None)]

    def link(self, types, more):
        """The begin of a module with these imports after its own."""
        count = encode(len(self.imports) + len(more))
        return b"\0asm\1\0\0\0" + section(TYPES, types) + section(
            IMPORTS, count + self.raw_imports + b"".join(more))

    def hosted(self):
        """The provider and the binary, whose memories and tables the provider has, and at its
        end a table whose elements are all functions of the instance, in order."""
        functions = self.counts[FUNCTION]
        more = self.defined() + [(TABLE, b"\x70\x00" + encode(functions))]
        names = [b"\0\0" + bytes([kind]) + content for kind, content in more]
        imports = encode(len(self.imports) + len(more)) + self.raw_imports + b"".join(names)
        # Before all others, which may trap.
        first = b"\x02" + encode(self.counts[TABLE]) + b"\x41\x00\x0b\x00" + vector(
            [encode(index) for index in range(functions)])
        made = {IMPORTS: imports, ELEMENTS: encode(1) + first}
        for kind, content in self.sections:
            if kind == ELEMENTS:
                cursor = Cursor(content)
                count = cursor.number()
                made[kind] = encode(count + 1) + first + content[cursor.at:]
            elif kind not in (IMPORTS, TABLES, MEMORIES, START, EXPORTS):
                made[kind] = emptied(content) if kind == CODE else content
        return self.provider(more), b"\0asm\1\0\0\0" + b"".join(
            section(kind, made[kind]) for kind in ORDER if kind in made)

    def small(self):
        """The binary with empty bodies, and without custom sections."""
        return b"\0asm\1\0\0\0" + b"".join(
            section(kind, emptied(content) if kind == CODE else content)
            for kind, content in self.sections)


def parts(made):
    """Lists of globals that one module each has."""
    part, size = [], 0
    for one in made:
        if part and (len(part) == MOST_GLOBALS or size > MOST_OF_PART):
            yield part
            part, size = [], 0
        part.append(one)
        size += len(one[1])
    yield part


def provided(item, index, function, is_exact):
    """The definition of an import."""
    if item.kind == FUNCTION:
        return encode(item.type)
    if item.kind == TAG:
        return b"\0" + encode(item.type)
    if item.kind == GLOBAL:
        return item.type + expression(item.type[:-1], index + 1, function)
    highest = (1 << 48 if item.flags & WIDE else 1 << 16) if item.kind == MEMORY else (1 << 32) - 1
    most = highest if item.maximum is None else item.maximum
    more = 0 if is_exact else 1 if item.kind == MEMORY else MORE_ELEMENTS
    length = min(item.minimum + more, most)
    limits = bytes([item.flags]) + encode(length)
    if item.maximum is not None:
        limits += encode(item.maximum)
    if item.kind == MEMORY:
        return limits
    if item.type[0] == NON_NULL:
        return b"\x40\x00" + item.type + limits + expression(item.type, index + 1, function)
    return item.type + limits
