// SPDX-License-Identifier: MIT
/* The areas that every slot of the model test has. */
#include "model.h"

const struct model_shape shape[AREAS] = { { 48, 3, 40, 8 }, { 6, 0, 5, 2 } };
