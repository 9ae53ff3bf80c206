/* SPDX-License-Identifier: MIT */
/*
 * The version of libshim that these headers belong to.
 */
#ifndef LIBSHIM_VERSION_H
#define LIBSHIM_VERSION_H

#define SHIM_VERSION_MAJOR 0
#define SHIM_VERSION_MINOR 1
#define SHIM_VERSION_PATCH 0

/* Of three numbers under 256 and 65536, for comparing: SHIM_VERSION >= SHIM_VERSION_OF(1, 2, 0). */
#define SHIM_VERSION_OF(major, minor, patch) ((major) << 24 | (minor) << 16 | (patch))
#define SHIM_VERSION SHIM_VERSION_OF(SHIM_VERSION_MAJOR, SHIM_VERSION_MINOR, SHIM_VERSION_PATCH)

#endif /* LIBSHIM_VERSION_H */
