# SPDX-License-Identifier: MIT
"""A guest that starts as a machine with Secure Boot does: the firmware checks shim, shim
checks GRUB, and GRUB has it check the kernel. Where somebody has asked for a key to be
enrolled, shim starts MokManager instead of GRUB."""

import os

# Where the firmware looks on a disk, shim beside itself, and Debian's GRUB.
LOADERS = {"shim.efi": "EFI/BOOT/BOOTX64.EFI", "grub.efi": "EFI/BOOT/grubx64.efi",
           "mok.efi": "EFI/BOOT/mmx64.efi"}
CONFIG = "EFI/debian/grub.cfg"


def start(firmware, folder, files=()):
    """QEMU's arguments for the firmware and a disk with the loaders and (place, file)...;
    what is written to the firmware's variables stays."""
    disk = folder + "/esp/"
    links = [(place, os.path.join(firmware, file)) for file, place in LOADERS.items()]
    for place, file in [*links, *files]:
        os.makedirs(os.path.dirname(disk + place), exist_ok=True)
        os.symlink(os.path.realpath(file), disk + place)
    return ("-drive", "if=pflash,unit=0,format=raw,readonly=on,file=%s/code.fd" % firmware,
            "-drive", "if=pflash,unit=1,format=raw,file=%s/vars.fd" % firmware,
            "-drive", "if=none,id=esp,format=raw,readonly=on,file=fat:ro:" + disk,
            "-device", "nvme,serial=esp,drive=esp")


def boot(firmware, folder, kernel, append):
    """QEMU's arguments for the kernel and for the initramfs in the folder. firmware is as
    tools/fetch-firmware.sh makes one; without it the kernel is started by QEMU itself."""
    if not firmware:
        return "-kernel", kernel, "-initrd", folder + "/initramfs", "-append", append
    with open(folder + "/grub.cfg", "w", encoding="ascii") as file:
        file.write("linux /vmlinuz %s\ninitrd /initramfs\nboot\n" % append)
    return start(firmware, folder, [("vmlinuz", kernel), ("initramfs", folder + "/initramfs"),
                                    (CONFIG, folder + "/grub.cfg")])
