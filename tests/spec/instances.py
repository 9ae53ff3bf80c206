# SPDX-License-Identifier: MIT
"""Instances of the modules of WebAssembly's test suite, as libshim and as Wasmtime make them."""

import collections
import os
import struct
import subprocess
import sys

import relink

HERE = os.path.dirname(os.path.realpath(__file__))
ORACLE = os.path.join(HERE, "..", "modules", "oracle.py")
ALLOCATORS = ("ondemand", "mmap", "ondemand-lazy", "mmap-lazy")
# Once more with imports that have their minimum only, so that more segments trap.
EXACT = ("exact",)
EOPNOTSUPP, ENOSPC = -95, -28
# Of which no more is read, byte by byte.
MOST_PAGES, MOST_ELEMENTS = 4096, 1 << 20

# What WebAssembly 2.0 does not have: words of Wasmtime 5.0.0, which refuses it, and what it is.
NEWER = (
    ("invalid leading byte (0x4e) for type", "recursive types"),
    ("invalid leading byte (0x50) for type", "subtypes"),
    ("invalid leading byte (0x5e) for type", "array types"),
    ("invalid leading byte (0x5f) for type", "struct types"),
    ("invalid value type", "typed references"),
    ("exceptions proposal not enabled", "tags"),
    ("constant expression required: non-constant operator", "extended constants"),
    ("global.get of locally defined global", "extended constants"),
    ("threads must be enabled", "shared memories"),
)
# The suites of which each module has to be compared with every Wasmtime.
OLD_SUITES = ("wasm-v1", "wasm-v2", "random")
# Of which Wasmtime 5.0.0 writes elements at constant offsets before those at the values of
# globals, whatever their order is; the standard and the newest release keep the order.
ORDER_LOST = ("random module 1.212", "random module 1.228")


def imports_storage(binary):
    """Whether it imports a memory or table, which may have its minimum, or more."""
    return any(item.kind in (relink.MEMORY, relink.TABLE)
               for item in relink.Module(binary).imports)


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


def answers(command, binaries, **options):
    """The lines that a program says of each binary."""
    stream = b"".join(struct.pack("<I", len(binary)) + binary for binary in binaries)
    out = subprocess.run(command, input=stream, stdout=subprocess.PIPE, check=True, **options)
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


def oracle_answers(folder, binaries, words):
    """Those of the Wasmtime that is in the folder."""
    paths = os.pathsep.join((folder, HERE))
    return answers([sys.executable, ORACLE, "-", *words], binaries,
                   env=dict(os.environ, PYTHONPATH=paths))


def newer(lines):
    """What a refused binary has that WebAssembly 2.0 has not, or None."""
    return next((what for words, what in NEWER if words in lines[0]), None)


def verdict(lines, expected, allocator):
    """"right", "wrong", or why the instance is listed apart."""
    if lines == expected:
        return "right"
    words = lines[0].split()
    if words[0] != "refused":
        return "wrong"
    if int(words[1]) == EOPNOTSUPP and "is shared" in lines[0]:
        return "shared"
    return "pool" if allocator.startswith("mmap") and int(words[1]) == ENOSPC else "wrong"


def first_difference(lines, expected):
    return next(pair for pair in zip(lines + ["nothing"], expected + ["nothing"])
                if pair[0] != pair[1])


def refused(place, suites, lines, counts):
    """Counts a module of which Wasmtime makes no instance."""
    what = newer(lines)
    if what:
        counts["newer: " + what] += 1
    if not what or suites.intersection(OLD_SUITES):
        counts["oracle"] += 1
        print("oracle: %s: %s" % (place, lines[0]))


class Instances:
    """libshim's instances of binaries, each of which has its place in the suite."""

    def __init__(self, program, places):
        """places has of each binary a place, and suites all suites that it is in."""
        self.places = {binary: place for binary, place in places.items() if not is_large(binary)}
        self.large = len(places) - len(self.places)
        self.newest = {}
        self.binaries = {(): list(self.places),
                         EXACT: [binary for binary in self.places if imports_storage(binary)]}
        self.of = {(words, allocator): answers([program, allocator, *words], binaries)
                   for words, binaries in self.binaries.items() for allocator in ALLOCATORS}

    def compare(self, folder, suites):
        """How many are as those of the Wasmtime in the folder."""
        counts = collections.Counter(large=self.large)
        for words, binaries in self.binaries.items():
            for at, expected in enumerate(oracle_answers(folder, binaries, words)):
                binary = binaries[at]
                if not expected[0].startswith("refused"):
                    self.compare_one(binary, words, at, expected, counts)
                elif not words:
                    refused(self.places[binary], suites[binary], expected, counts)
        return counts

    def compare_one(self, binary, words, at, expected, counts):
        # The first release that is asked is the newest.
        newest = self.newest.setdefault((words, at), expected)
        for allocator in ALLOCATORS:
            lines = self.of[words, allocator][at]
            what = verdict(lines, expected, allocator)
            if what == "wrong" and self.places[binary] in ORDER_LOST and lines == newest:
                what = "order lost"
            counts[what] += 1
            if what == "wrong":
                print("wrong: %s on %s: %s, and of Wasmtime %s" % (
                    self.places[binary], " ".join((allocator,) + words),
                    *first_difference(lines, expected)))
