# SPDX-License-Identifier: MIT
"""Reads the scripts of WebAssembly's test suite (.wast), as far as modules go.

A directive is kept if there is a module in it. Instructions and values are not looked at:
what is between the parentheses of a module stays text.
"""

import re

TOKEN = re.compile(rb'\(;|;;[^\n]*|"(?:[^"\\]|\\.)*"|[()]|[^\s();"]+', re.S)
# The words that a directive begins with; others are a module's fields.
DIRECTIVE = re.compile(r"module|register|invoke|get|thread|wait|assert_\w+")
ESCAPES = {b"n": b"\n", b"t": b"\t", b"r": b"\r", b'"': b'"', b"'": b"'", b"\\": b"\\"}
ESCAPE = re.compile(rb"\\(u\{[0-9a-fA-F_]+\}|[0-9a-fA-F]{2}|.)", re.S)


class Directive:
    """A directive: its first word, its module, and what else is in it."""

    def __init__(self, line, word, module, words):
        self.line = line
        self.word = word      # "module", "assert_invalid", ...
        self.module = module  # the Module, or None
        self.words = words    # the strings and names that are in the directive itself


class Module:
    """A module of a script: either a binary or a text."""

    def __init__(self, name, kind, source):
        self.name = name      # "$M", or None
        self.kind = kind      # "text", "binary", "quote"; "instance" is none
        self.source = source  # bytes; of an instance the name of the module


def unescape(token):
    """The bytes that a string token stands for."""
    def one(match):
        what = match.group(1)
        if what[:1] == b"u" and len(what) > 1:
            return chr(int(what[2:-1].replace(b"_", b""), 16)).encode("utf-8", "surrogatepass")
        if what in ESCAPES:
            return ESCAPES[what]
        return bytes([int(what, 16)])
    return ESCAPE.sub(one, token[1:-1])


def comment_end(text, at):
    """The end of the block comment that begins at a place; they nest."""
    depth = 0
    for match in re.compile(rb"\(;|;\)").finditer(text, at):
        depth += 1 if match.group() == b"(;" else -1
        if not depth:
            return match.end()
    return len(text)


def tokens(text):
    """All tokens but comments, each with its place."""
    at = 0
    while True:
        match = TOKEN.search(text, at)
        if not match:
            return
        at = match.end()
        token = match.group()
        if token == b"(;":
            at = comment_end(text, match.start())
        elif not token.startswith(b";;"):
            yield match.start(), token


def plain_tokens(text):
    """The same without annotations: "(@name ...)"."""
    depth, opened = 0, None
    for place, token in tokens(text):
        if depth:
            depth += {b"(": 1, b")": -1}.get(token, 0)
        elif opened and token.startswith(b"@"):
            depth, opened = 1, None
        else:
            if opened:
                yield opened
            opened = (place, token) if token == b"(" else None
            if not opened:
                yield place, token


def plain(text):
    """A text in which strings have only ASCII characters, and comments of a line are gone.

    Wasmtime refuses characters that only look like others.
    """
    def one(match):
        token = match.group()
        if token[:1] == b'"':
            return b"".join(b"\\%02x" % byte if byte >= 0x80 else bytes([byte])
                            for byte in token)
        return b" " if token[:2] == b";;" else token
    return text if b"(;" in text or text.isascii() else TOKEN.sub(one, text)


def forms(text):
    """The forms at the top: for each, the tokens that it consists of."""
    depth, form = 0, []
    for place, token in plain_tokens(text):
        if not depth and token != b"(":
            raise ValueError("a token outside of parentheses")
        form.append((place, token))
        depth += {b"(": 1, b")": -1}.get(token, 0)
        if not depth:
            yield form
            form = []


def module_of(text, form):
    """The module that a form is: "(module ...)"."""
    words = [token for _, token in form[2:-1]]
    if words[:1] == [b"definition"]:
        words = words[1:]
        text = text[:form[2][0]] + b" " * 10 + text[form[2][0] + 10:]
    name = words[0].decode() if words and words[0].startswith(b"$") else None
    rest = words[1:] if name else words
    if rest[:1] in ([b"binary"], [b"quote"]):
        source = [unescape(token) for token in rest[1:]]
        if rest[0] == b"binary":
            return Module(name, "binary", b"".join(source))
        return Module(name, "quote", b"\n".join(source))
    if words[:1] == [b"instance"]:
        return Module(words[1].decode(), "instance", words[2])
    return Module(name, "text", plain(text[form[0][0]:form[-1][0] + 1]))


def inner_form(form):
    """The first form inside of a form, or None."""
    depth = 0
    for i, (_, token) in enumerate(form[1:-1], 1):
        if token == b"(":
            start = i if not depth else start
            depth += 1
        elif token == b")":
            depth -= 1
            if not depth:
                return form[start:i + 1]
    return None


def outer_words(form):
    """The names and strings of a form that are in no form inside of it."""
    depth, words = 0, []
    for _, token in form[2:-1]:
        depth += {b"(": 1, b")": -1}.get(token, 0)
        if not depth and token != b")":
            words.append(unescape(token) if token[:1] == b'"' else token)
    return [word.decode("utf-8", "replace") for word in words]


def directives(text):
    """All directives of a script that have a module, and those that register one.

    A script may also be the fields of one module.
    """
    line, seen, fields = 1, 0, b""
    for form in forms(text):
        line += text.count(b"\n", seen, form[0][0])
        seen = form[0][0]
        word = form[1][1].decode()
        if not DIRECTIVE.fullmatch(word):
            fields += text[form[0][0]:form[-1][0] + 1]
        elif word == "module":
            yield Directive(line, word, module_of(text, form), [])
        elif word == "register":
            yield Directive(line, word, None, outer_words(form))
        elif word.startswith("assert_"):
            inner = inner_form(form)
            if inner and inner[1][1] == b"module":
                yield Directive(line, word, module_of(text, inner), outer_words(form))
    if fields:
        yield Directive(1, "module", Module(None, "text", b"(module " + fields + b")"), [])
