/* SPDX-License-Identifier: MIT */
/*
 * libshim: guard-region memory slots with bulk reset, and instances of WebAssembly
 * modules on them. This header includes those of all layers; a program that needs
 * one layer can include its header alone.
 */
#ifndef LIBSHIM_H
#define LIBSHIM_H

#include <libshim/error.h>
#include <libshim/host.h>
#include <libshim/instances.h>
#include <libshim/modules.h>
#include <libshim/slots.h>
#include <libshim/version.h>

#endif /* LIBSHIM_H */
