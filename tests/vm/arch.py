# SPDX-License-Identifier: MIT
"""What the guest is on this architecture: the values of its file in tools/arch."""

import os
import re
import shlex
import subprocess
import sys

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__))))


def read():
    """A dictionary of the assignments; ends the program where there is no such file."""
    done = subprocess.run([os.path.join(TOP, "tools", "arch.sh")], check=False, text=True,
                          stdout=subprocess.PIPE)
    if done.returncode != 0:
        sys.exit(125)
    with open(done.stdout.strip(), encoding="ascii") as f:
        return dict(word.split("=", 1) for word in shlex.split(f.read(), comments=True))


def has_kvm(arch):
    """Whether the processor has what KVM needs, and this user may use it."""
    with open("/proc/cpuinfo", encoding="ascii", errors="replace") as f:
        found = re.search(arch["kvm_cpuinfo"], f.read(), re.MULTILINE)
    return bool(found) and os.access("/dev/kvm", os.R_OK | os.W_OK)
