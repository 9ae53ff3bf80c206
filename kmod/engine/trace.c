// SPDX-License-Identifier: GPL-2.0-only
/* The bodies of the tracepoints. */
#include "objects/pool.h"

#define CREATE_TRACE_POINTS
#include "engine/trace.h"
