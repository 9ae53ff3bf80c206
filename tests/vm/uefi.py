# SPDX-License-Identifier: MIT
"""A guest that starts as a machine with Secure Boot does: the firmware checks shim, shim
checks GRUB, and GRUB has it check the kernel."""

import os
import shutil

# Where the firmware looks on a disk, shim beside itself, and Debian's GRUB.
SHIM = "EFI/BOOT/BOOTX64.EFI"
GRUB = "EFI/BOOT/grubx64.efi"
CONFIG = "EFI/debian/grub.cfg"


def boot(firmware, folder, kernel, append):
    """QEMU's arguments for the kernel and for the initramfs in the folder. firmware is as
    tools/fetch-firmware.sh makes one; without it the kernel is started by QEMU itself."""
    if not firmware:
        return "-kernel", kernel, "-initrd", folder + "/initramfs", "-append", append
    disk = folder + "/esp/"
    for file, place in [(firmware + "/shim.efi", SHIM), (firmware + "/grub.efi", GRUB),
                        (kernel, "vmlinuz"), (folder + "/initramfs", "initramfs")]:
        os.makedirs(os.path.dirname(disk + place), exist_ok=True)
        os.symlink(os.path.realpath(file), disk + place)
    os.makedirs(os.path.dirname(disk + CONFIG))
    with open(disk + CONFIG, "w", encoding="ascii") as file:
        file.write("linux /vmlinuz %s\ninitrd /initramfs\nboot\n" % append)
    # The firmware writes to its variables.
    shutil.copyfile(firmware + "/vars.fd", folder + "/vars.fd")
    return ("-drive", "if=pflash,unit=0,format=raw,readonly=on,file=%s/code.fd" % firmware,
            "-drive", "if=pflash,unit=1,format=raw,file=%s/vars.fd" % folder,
            "-drive", "if=none,id=esp,format=raw,readonly=on,file=fat:ro:" + disk,
            "-device", "nvme,serial=esp,drive=esp")
