#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Makes a table in C, for description.h, of a description in syzkaller's language.

    describe.py DESCRIPTION

Of the language it has: include, resource, lists of values, structs, unions, calls, and the
types const, flags, intN, bool8, len, bytesize, ptr, ptr64, array, resources and structs.
"""

import re
import sys

SIZES = {"int8": 1, "int16": 2, "int32": 4, "int64": 8, "intptr": 8, "fd": 8, "bool8": 8}


class Description:
    """The names of the description, and the C text of the types made so far."""

    def __init__(self, text):
        self.includes, self.calls, self.text, self.types = [], [], [], {}
        self.resources, self.values, self.groups = {}, {}, {}
        text = re.sub(r"^#.*\n", "", text, flags=re.M)
        for block in re.finditer(r"^(\w+) ([{\[])\n(.*?)^[}\]]$", text, re.M | re.S):
            rows = [row.split(None, 1) for row in block[3].splitlines() if row.strip()]
            self.groups[block[1]] = ("STRUCT" if block[2] == "{" else "UNION", rows)
        text = re.sub(r"^(\w+) ([{\[])\n(.*?)^[}\]]$", "", text, flags=re.M | re.S)
        for line in filter(str.strip, text.splitlines()):
            self.line(line)

    def line(self, line):
        include = re.fullmatch(r"include (<.*>)", line)
        resource = re.fullmatch(r"resource (\w+)\[(\w+)\](?:: (.*))?", line)
        values = re.fullmatch(r"(\w+) = (.*)", line)
        call = re.fullmatch(r"([\w$]+)\((.*)\)(?: (\w+))?", line)
        if include:
            self.includes.append(include[1])
        elif resource:
            self.resources[resource[1]] = (SIZES[resource[2]], split(resource[3] or ""))
        elif values:
            self.values[values[1]] = split(values[2])
        elif call:
            self.calls.append((call[1], split(call[2]), call[3]))
        else:
            sys.exit("describe.py: what is this? " + line)

    def number_of(self, resource):
        return list(self.resources).index(resource)

    def type(self, spec, names=(), wide=False):
        """The C name of a type; @names of the arguments beside it. @wide: of an argument."""
        key = (spec, tuple(names) if "bytesize" in spec else (), wide)
        if key not in self.types:
            self.types[key] = "type_%d" % len(self.types)
            name, body = self.types[key], self.body(spec, names, 8 if wide else 0)
            self.text.append("static const struct type %s = { %s };" % (name, body))
        return "&" + self.types[key]

    def list(self, values):
        return "(const int64_t[]){ %s }" % ", ".join(values)

    def field(self, spec, names=(), wide=False):
        out = spec.endswith("(out)")
        return "{ %s, %d }" % (self.type(spec.replace("(out)", "").strip(), names, wide), out)

    def fields(self, specs):
        return "(const struct field[]){ %s }" % ", ".join(map(self.field, specs))

    def body(self, spec, names, size):
        head, inside = re.fullmatch(r"(\w+)(?:\[(.*)\])?", spec).groups()
        parts = split(inside or "")
        if head in ("const", "flags", "len", "bytesize"):
            size = size or SIZES[parts[1]]
        if head == "const":
            return ".kind = KIND_CONST, .size = %d, .low = %s" % (size, parts[0])
        if head == "flags":
            values = self.values[parts[0]]
            return ".kind = KIND_VALUES, .size = %d, .values = %s, .count = %d" % (
                size, self.list(values), len(values))
        if head in ("len", "bytesize"):
            target = -1 if parts[0] == "parent" else names.index(parts[0])
            return ".kind = KIND_LENGTH, .size = %d, .resource = %d" % (size, target)
        if head in ("ptr", "ptr64"):
            return ".kind = KIND_POINTER, .size = 8, .count = 1, .fields = " + self.fields(parts[1:])
        if head == "array":
            low, _, high = parts[1].partition(":")
            return ".kind = KIND_ARRAY, .count = 1, .low = %s, .high = %s, .fields = %s" % (
                low, high or low, self.fields(parts[:1]))
        if head in self.resources:
            bytes_, values = self.resources[head]
            return (".kind = KIND_RESOURCE, .size = %d, .resource = %d, .values = %s, .count = %d"
                    % (size or bytes_, self.number_of(head), self.list(values or ["-1"]),
                       max(len(values), 1)))
        if head in self.groups:
            kind, rows = self.groups[head]
            return ".kind = KIND_%s, .count = %d, .fields = %s" % (
                kind, len(rows), self.fields([row[1] for row in rows]))
        low, _, high = (parts[0] if parts else "0:1" if head == "bool8" else "0:255").partition(":")
        return ".kind = KIND_RANGE, .size = %d, .low = %s, .high = %s, .step = %s" % (
            size or SIZES[head], low, high, parts[1] if len(parts) > 1 else "1")

    def row(self, call):
        name, arguments, makes = call
        pairs = [argument.split(None, 1) for argument in arguments]
        names = [pair[0] for pair in pairs]
        base = name.split("$")[0]
        run = base.startswith("syz_")
        return '\t{ "%s", %s, %s, { %s }, %d, %d },' % (
            name, "-1" if run else "SYS_" + base, base if run else "NULL",
            ", ".join(self.field(pair[1], names, True) for pair in pairs), len(pairs),
            self.number_of(makes) if makes else -1)

    def write(self):
        rows = list(map(self.row, self.calls))
        print("/* Made by describe.py. */")
        for header in ["<stddef.h>", *self.includes, "<sys/syscall.h>"]:
            print("#include", header)
        print('#include "description.h"\n#include "pseudo.h"')
        print("\n".join(self.text))
        print("const struct call calls[] = {\n%s\n};" % "\n".join(rows))
        print("const unsigned int call_count = %d;" % len(rows))
        print("const char *const resource_names[] = { %s };"
              % ", ".join('"%s"' % name for name in self.resources))
        print("const unsigned int resource_count = %d;" % len(self.resources))


def split(text):
    """At the commas that are in no brackets."""
    parts, depth = [""], 0
    for letter in text:
        depth += (letter in "[(") - (letter in "])")
        if letter == "," and not depth:
            parts.append("")
        else:
            parts[-1] += letter
    return [part.strip() for part in parts if part.strip()]


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    with open(sys.argv[1], encoding="ascii") as file:
        Description(file.read()).write()


main()
