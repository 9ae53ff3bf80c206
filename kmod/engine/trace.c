// SPDX-License-Identifier: GPL-2.0
/* The tracepoints' bodies. */
#include "objects/pool.h"
#include "objects/slot.h"

#define CREATE_TRACE_POINTS
#include "engine/trace.h"
