# SPDX-License-Identifier: MIT
"""Random modules of active segments, some of which do not fit; of WebAssembly 2.0 but that
there may be several memories."""

import random

import wasmtime

MODULES = 300
FUNCTIONS = 5
PAGE = 65536


def offset(rng, room, numbers):
    """Where a segment goes that may be as far as room, and rarely past it."""
    if numbers and rng.random() < 0.3:
        return "(global.get $n%d)" % rng.randrange(numbers)
    past = rng.random() < 0.12
    return "(i32.const %d)" % (room + rng.randrange(1, 4) if past else rng.randrange(max(room, 0) + 1))


def elements(rng, table, length, numbers):
    """An active segment of a table, as functions or as expressions."""
    functions = [rng.randrange(FUNCTIONS) for _ in range(rng.randrange(4))]
    place = "(elem (table %d) (offset %s) " % (
        table, offset(rng, length - len(functions), numbers))
    if rng.random() < 0.5:
        return place + "func %s)" % " ".join(map(str, functions))
    return place + "funcref %s)" % " ".join(
        "(ref.null func)" if rng.random() < 0.3 else "(ref.func %d)" % function
        for function in functions)


def data(rng, memory, pages, numbers):
    """An active segment of a memory, at its begin or its end."""
    content = "".join("\\%02x" % rng.randrange(256) for _ in range(rng.randrange(9)))
    at = offset(rng, 20, numbers)
    if rng.random() < 0.6:
        room = pages * PAGE - len(content) // 3
        at = "(i32.const %d)" % (room + (rng.random() < 0.15))
    return '(data (memory %d) (offset %s) "%s")' % (memory, at, content)


def text(rng):
    """One module: what it imports has its minimum, or more."""
    tables = [rng.randrange(9) for _ in range(rng.randrange(1, 4))]
    memories = [rng.randrange(1, 3) for _ in range(rng.randrange(1, 4))]
    numbers = rng.randrange(3)
    first = [rng.randrange(len(sizes) + 1) if rng.random() < 0.4 else 0
             for sizes in (tables, memories)]
    fields = ['(import "m" "n%d" (global $n%d i32))' % (i, i) for i in range(numbers)]
    fields.append('(import "m" "f" (func))')
    for imported, sizes, what in ((first[0], tables, "(table %d funcref)"),
                                  (first[1], memories, "(memory %d)")):
        fields += ['(import "m" "x" %s)' % (what % size) for size in sizes[:imported]]
    fields += ["(func)"] * (FUNCTIONS - 1)
    fields += ["(table %d funcref)" % size for size in tables[first[0]:]]
    fields += ["(memory %d)" % size for size in memories[first[1]:]]
    for _ in range(rng.randrange(5)):
        table = rng.randrange(len(tables))
        fields.append(elements(rng, table, tables[table], numbers))
    for _ in range(rng.randrange(5)):
        memory = rng.randrange(len(memories))
        fields.append(data(rng, memory, memories[memory], numbers))
    return "(module %s)" % " ".join(fields)


def modules(seed=1):
    """Pairs of a name and a binary."""
    for at in range(MODULES):
        yield "random module %d.%d" % (seed, at), bytes(wasmtime.wat2wasm(
            text(random.Random("%d %d" % (seed, at)))))
