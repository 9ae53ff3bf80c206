/* SPDX-License-Identifier: MIT */
/*
 * What the tests of slots include.
 */
#ifndef SLOTS_SLOT_TEST_H
#define SLOTS_SLOT_TEST_H

#include "test.h"

#include <libshim.h>

#include "backend.h"
#include "bytes.h"
#include "format.h"
#include "models.h"
#include "must.h"
#include "operations.h"
#include "pools.h"
#include "slots.h"

#endif /* SLOTS_SLOT_TEST_H */
