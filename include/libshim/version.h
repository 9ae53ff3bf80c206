/* SPDX-License-Identifier: MIT */
/*
 * The version of libshim that these headers belong to.
 */
#ifndef LIBSHIM_VERSION_H
#define LIBSHIM_VERSION_H

#define SHIM_VERSION_MAJOR 0
#define SHIM_VERSION_MINOR 1
#define SHIM_VERSION_PATCH 0

#endif /* LIBSHIM_VERSION_H */
