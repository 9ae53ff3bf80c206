# SPDX-License-Identifier: MIT
"""Instances of the modules of WebAssembly's test suite, as libshim and as Wasmtime make them."""

import collections
import struct
import subprocess
import sys

import oracle
import relink
import wasmtime

ALLOCATORS = ("ondemand", "mmap")
EOPNOTSUPP, ENOSPC = -95, -28
# Of which no more is read, byte by byte.
MOST_PAGES, MOST_ELEMENTS = 4096, 1 << 20


def is_large(binary):
    """Whether it has more memory or elements than are worth to be read."""
    module = relink.Module(binary)
    items = list(module.imports)
    for kind, content in module.sections:
        cursor = relink.Cursor(content)
        if kind == relink.MEMORIES:
            for _ in range(cursor.number()):
                items.append(relink.Import(relink.MEMORY))
                cursor.limits(items[-1])
        elif kind == relink.TABLES and cursor.number():
            items.append(relink.Import(relink.TABLE))
            if cursor.value_type()[0] == relink.WITH_INIT:
                cursor.skip(1)
                cursor.value_type()
            cursor.limits(items[-1])
    most = {relink.MEMORY: MOST_PAGES, relink.TABLE: MOST_ELEMENTS}
    return any(item.kind in most and item.minimum > most[item.kind] for item in items)


def states(program, allocator, binaries):
    """The lines of libshim's instance of each binary."""
    stream = b"".join(struct.pack("<I", len(binary)) + binary for binary in binaries)
    out = subprocess.run([program, allocator], input=stream, stdout=subprocess.PIPE, check=True)
    all_lines, lines = [], []
    for line in out.stdout.decode("utf-8", "replace").splitlines():
        if line == ".":
            all_lines.append(lines)
            lines = []
        else:
            lines.append(line)
    if len(all_lines) != len(binaries):
        sys.exit("check: %d instances of %d binaries" % (len(all_lines), len(binaries)))
    return all_lines


def verdict(lines, expected, allocator):
    """"right", "wrong", or why the instance is listed apart."""
    if lines == expected:
        return "right"
    words = lines[0].split()
    if words[0] != "refused":
        return "wrong"
    if int(words[1]) == EOPNOTSUPP and "is shared" in lines[0]:
        return "shared"
    return "pool" if allocator == "mmap" and int(words[1]) == ENOSPC else "wrong"


def compare(program, places):
    """Compares the instances of binaries, each of which has its place in the suite."""
    machine = oracle.engine()
    known, counts = [], collections.Counter()
    for binary in places:
        try:
            if is_large(binary):
                counts["large"] += 1
                continue
            known.append((binary, list(oracle.state(machine, binary))))
        except (NotImplementedError, wasmtime.WasmtimeError) as error:
            counts["oracle"] += 1
            print("oracle: %s: %s" % (places[binary], str(error).splitlines()[0]))
    for allocator in ALLOCATORS:
        found = states(program, allocator, [binary for binary, _ in known])
        for lines, (binary, expected) in zip(found, known):
            what = verdict(lines, expected, allocator)
            counts[what] += 1
            if what == "wrong":
                pair = next((pair for pair in zip(lines + ["nothing"], expected + ["nothing"])
                             if pair[0] != pair[1]))
                print("wrong: %s on %s: %s, and of Wasmtime %s" % (places[binary], allocator, *pair))
    return counts
