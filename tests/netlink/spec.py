#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Turns the family's YAML spec into a C header for spec.c.

The names of the ABI header follow from those of the spec, by the rules of the
kernel's own generator. Each value is also asserted at compile time, and that the
header has no attribute and no command that the spec does not have.
"""

import sys

import yaml

TYPES = {"u32": "NL_ATTR_TYPE_U32", "u64": "NL_ATTR_TYPE_U64",
         "string": "NL_ATTR_TYPE_NUL_STRING", "nest": "NL_ATTR_TYPE_NESTED"}
# Definitions whose constants another header has, under shorter names.
PREFIXES = {"state": "GUARDSLOT"}


def constant(*words):
    return "_".join(words).upper().replace("-", "_")


def fail_on_unknown(what, keys, known):
    """What this program does not understand it must not pass over."""
    unknown = set(keys) - set(known)
    if unknown:
        sys.exit("spec.py: %s has %s" % (what, ", ".join(sorted(unknown))))


def assert_equal(name, value):
    print('_Static_assert(%s == %d, "%s");' % (name, value, name))


def definitions(spec):
    for item in spec["definitions"]:
        fail_on_unknown("definition " + item["name"], item,
                        ("type", "name", "value", "doc", "header", "entries"))
        if item["type"] == "const":
            assert_equal(constant(spec["name"], item["name"]), item["value"])
            continue
        prefix = PREFIXES.get(item["name"], constant(spec["name"], item["name"]))
        for i, entry in enumerate(item["entries"]):
            name = entry if isinstance(entry, str) else entry["name"]
            assert_equal(constant(prefix, name), 1 << i if item["type"] == "flags" else i)


def attribute(spec, group, index, attr, sets):
    """One line of a set's table; pads are in it, for what they are."""
    fail_on_unknown("attribute " + attr["name"], attr,
                    ("name", "type", "doc", "checks", "multi-attr", "nested-attributes",
                     "enum", "enum-as-flags"))
    checks = attr.get("checks", {})
    fail_on_unknown("checks of " + attr["name"], checks, ("min", "max"))
    name = constant(spec["name"], "a", group["name"], attr["name"])
    assert_equal(name, index)
    if attr["type"] == "pad":
        return '\t[%s] = { .name = "pad", .pad = true },' % name
    fields = ['.name = "%s"' % attr["name"], ".type = " + TYPES[attr["type"]],
              ".min = %d" % checks.get("min", 0), ".max = %d" % checks.get("max", 0xffffffff)]
    if attr.get("multi-attr"):
        fields.append(".multi = true")
    if attr["type"] == "nest":
        fields.append(".nest = &spec_sets[%d]" % sets.index(attr["nested-attributes"]))
    return "\t[%s] = { %s }," % (name, ", ".join(fields))


def attribute_sets(spec):
    sets = [group["name"] for group in spec["attribute-sets"]]
    print("static const struct spec_set spec_sets[%d];" % len(sets))
    for group in spec["attribute-sets"]:
        fail_on_unknown("set " + group["name"], group, ("name", "doc", "attributes"))
        lines = [attribute(spec, group, i, attr, sets)
                 for i, attr in enumerate(group["attributes"], 1)]
        print("static const struct spec_attr spec_%s[] = {" % group["name"])
        print("\n".join(lines))
        print("};")
        assert_equal(constant(spec["name"], "a", group["name"], "max"), len(lines))
    print("static const struct spec_set spec_sets[] = {")
    for name in sets:
        print('\t{ "%s", spec_%s, sizeof(spec_%s) / sizeof(spec_%s[0]) - 1 },'
              % (name, name, name, name))
    print("};")
    return sets


def mask(spec, operation, names):
    if not names:
        return "0"
    return " | ".join("1ull << " + constant(spec["name"], "a", operation["attribute-set"], name)
                      for name in names)


def attributes_of(operation, *path):
    at = operation
    for word in path:
        at = at.get(word) or {}
    return at.get("attributes", [])


def operations(spec, sets):
    by_name = {op["name"]: op for op in spec["operations"]["list"]}
    lines = []
    for index, op in enumerate(spec["operations"]["list"], 1):
        fail_on_unknown("operation " + op["name"], op,
                        ("name", "doc", "attribute-set", "do", "dump", "notify", "event", "mcgrp"))
        name = constant(spec["name"], "cmd", op["name"])
        assert_equal(name, index)
        shown = by_name[op["notify"]] if "notify" in op else op
        reply = attributes_of(op, "event") or attributes_of(shown, "do", "reply")
        lines.append('\t[%s] = { "%s", &spec_sets[%d], %s, %s, %s, %s, %s, %s },' % (
            name, op["name"], sets.index(shown["attribute-set"]),
            str("do" in op).lower(), str("dump" in op).lower(), str("mcgrp" in op).lower(),
            mask(spec, op, attributes_of(op, "do", "request")),
            mask(spec, op, attributes_of(op, "dump", "request")),
            mask(spec, shown, reply)))
    assert_equal(constant(spec["name"], "cmd", "max"), len(lines))
    print("static const struct spec_op spec_ops[] = {")
    print("\n".join(lines))
    print("};")


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        spec = yaml.safe_load(file)
    fail_on_unknown("the spec", spec, ("name", "doc", "protocol", "uapi-header", "definitions",
                                       "attribute-sets", "operations", "mcast-groups"))
    print("/* Made from %s. */" % sys.argv[1])
    print('#define SPEC_FAMILY "%s"' % spec["name"])
    groups = [group["name"] for group in spec["mcast-groups"]["list"]]
    print("static const char *const spec_groups[] = { %s };"
          % ", ".join('"%s"' % name for name in groups))
    definitions(spec)
    operations(spec, attribute_sets(spec))


main()
