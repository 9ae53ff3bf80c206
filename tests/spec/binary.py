# SPDX-License-Identifier: MIT
"""Function bodies of a WebAssembly binary, which libshim leaves to the compiler."""

HEADER = 8
CODE = 10
# No locals, unreachable, end: valid for each type of a function.
EMPTY_BODY = b"\x03\x00\x00\x0b"


def number(binary, at):
    """An unsigned LEB128 number and where it ends."""
    value = shift = 0
    while True:
        byte = binary[at]
        value |= (byte & 0x7F) << shift
        shift += 7
        at += 1
        if byte < 0x80:
            return value, at


def encode(value):
    """A number as LEB128."""
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def emptied(code):
    """The content of a code section with empty bodies; ValueError if they do not fill it."""
    count, at = number(code, 0)
    for _ in range(count):
        length, at = number(code, at)
        at += length
        if at > len(code):
            raise ValueError("a body is longer than the section")
    if at != len(code):
        raise ValueError("the bodies do not fill the section")
    return encode(count) + EMPTY_BODY * count


def without_bodies(binary):
    """The same binary with empty bodies, or None if it has none that can be told apart."""
    out, at = bytearray(binary[:HEADER]), HEADER
    try:
        while at < len(binary):
            section_at, section = at, binary[at]
            length, start = number(binary, at + 1)
            at = start + length
            if at > len(binary):
                return None
            content = binary[start:at]
            if section != CODE:
                out += binary[section_at:at]
                continue
            content = emptied(content)
            out += bytes([CODE]) + encode(len(content)) + content
    except (IndexError, ValueError):
        return None
    return bytes(out) if out != binary else None
