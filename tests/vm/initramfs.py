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
    def __init__(self):
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
            self._libraries(source)

    def _libraries(self, program):
        found = subprocess.run(["ldd", program], stdout=subprocess.PIPE,
                               stderr=subprocess.DEVNULL, text=True, check=False)
        # Static ones and kernel modules have none, and ldd says so by failing.
        for path in re.findall(r"(/\S+) \(0x", found.stdout):
            self.file(path, os.path.realpath(path))

    def write(self, path):
        self._entry("TRAILER!!!", 0, b"")
        with open(path, "wb") as f:
            f.write(self.data)
