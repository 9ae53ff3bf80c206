# SPDX-License-Identifier: MIT
"""What the guest is on this architecture: the values of its file in tools/arch."""

import os
import re
import shlex
import subprocess
import sys

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__))))


def ask(*words):
    """What tools/arch.sh prints; ends the program where there is no such architecture."""
    done = subprocess.run([os.path.join(TOP, "tools", "arch.sh"), *words], check=False,
                          text=True, stdout=subprocess.PIPE)
    if done.returncode != 0:
        sys.exit(125)
    return done.stdout.strip()


def read():
    """A dictionary of the assignments, and of these: out is the folder that is built in,
    foreign whether this machine is of another architecture."""
    with open(ask(), encoding="ascii") as f:
        arch = dict(word.split("=", 1) for word in shlex.split(f.read(), comments=True))
    out = ask("--out")
    arch.update(out=os.path.join(TOP, out), foreign=out != "build")
    return arch


def has_kvm(arch):
    """Whether the processor has what KVM needs, and this user may use it."""
    if arch["foreign"]:
        return False
    with open("/proc/cpuinfo", encoding="ascii", errors="replace") as f:
        found = re.search(arch["kvm_cpuinfo"], f.read(), re.MULTILINE)
    return bool(found) and os.access("/dev/kvm", os.R_OK | os.W_OK)
