# SPDX-License-Identifier: MIT
"""Makes the guest's file system: a cpio archive that the kernel unpacks.

Uncompressed, for an emulated processor unpacks far slower than QEMU copies.
"""

import os
import re
import stat
import subprocess

# What the kernel's Documentation calls newc.
MAGIC = "070701"


class Archive:
    """The programs in it find their libraries where triplet, which is the compiler's name
    of the architecture, has a folder in the system whose root is sysroot."""

    def __init__(self, sysroot, triplet):
        self.sysroot = sysroot
        self.libraries = ["%s/%s" % (folder, triplet) for folder in ("/lib", "/usr/lib")]
        self.libraries += ["/lib", "/usr/lib"]
        self.data = bytearray()
        self.paths = {""}

    def _entry(self, path, mode, content):
        name = path.encode() + b"\0"
        number = len(self.paths)
        fields = (number, mode, 0, 0, 1, 0, len(content), 0, 0, 0, 0, len(name), 0)
        self.data += (MAGIC + "".join("%08x" % f for f in fields)).encode() + name
        self.data += b"\0" * (-len(self.data) % 4)
        self.data += content
        self.data += b"\0" * (-len(self.data) % 4)

    def _add(self, path, mode, content):
        """False when the path is there already: the first one stays."""
        path = path.strip("/")
        if path in self.paths:
            return False
        self.folder(os.path.dirname(path))
        self.paths.add(path)
        self._entry(path, mode, content)
        return True

    def folder(self, path):
        if path.strip("/"):
            self._add(path, stat.S_IFDIR | 0o755, b"")

    def link(self, path, target):
        self._add(path, stat.S_IFLNK | 0o777, target.encode())

    def text(self, path, content):
        self._add(path, stat.S_IFREG | 0o644, content)

    def file(self, path, source):
        """A file, with the shared libraries that it needs, or a folder of them."""
        if os.path.isdir(source):
            self.folder(path)
            for name in sorted(os.listdir(source)):
                self.file(os.path.join(path, name), os.path.join(source, name))
            return
        with open(source, "rb") as f:
            content = f.read()
        mode = stat.S_IFREG | (0o755 if os.access(source, os.X_OK) else 0o644)
        if self._add(path, mode, content) and content[:4] == b"\x7fELF":
            self._add_libraries(source)

    def _needed(self, program):
        """The paths of the loader and of the libraries that an ELF file names."""
        found = subprocess.run(["readelf", "-ldW", program], check=True, text=True,
                               stdout=subprocess.PIPE, env={**os.environ, "LC_ALL": "C"})
        yield from re.findall(r"\[Requesting program interpreter: (\S+)\]", found.stdout)
        for name in re.findall(r"\(NEEDED\)\s+Shared library: \[(\S+)\]", found.stdout):
            # A library without a name of its own is named by its path.
            places = [name] if "/" in name else [
                "%s/%s" % (folder, name) for folder in self.libraries]
            there = [place for place in places if os.path.exists(self.sysroot + place)]
            if not there:
                raise FileNotFoundError("%s needs %s, which is not in %s"
                                        % (program, name, self.sysroot or "/"))
            yield there[0]

    def _add_libraries(self, program):
        for path in self._needed(program):
            self.file(path, os.path.realpath(self.sysroot + path))

    def write(self, path):
        self._entry("TRAILER!!!", 0, b"")
        with open(path, "wb") as f:
            f.write(self.data)
