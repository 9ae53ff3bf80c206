/* SPDX-License-Identifier: MIT */
/*
 * What must be true of a slot: its limits, and every byte below them.
 */
#ifndef SLOTS_MODELS_H
#define SLOTS_MODELS_H

#include <libshim.h>

struct model {
	uint32_t areas;
	uint64_t limits[SHIM_MAX_AREAS];
	unsigned char *bytes[SHIM_MAX_AREAS]; /* the area's max of them */
};

/* What a slot bound to no image has. */
struct model model_none(const struct shim_pool_config *config);

void model_free(struct model *model);

/* Every byte below the limits, and that there is nothing at them. */
void model_check(struct shim_pool *pool, uint32_t slot, const struct model *model);

/*
 * An image of noise: in each area as much as half of the limit, from a byte
 * offset on. *model is then what a slot bound to it must show.
 */
uint32_t image_noise(struct shim_pool *pool, const struct shim_pool_config *config, uint64_t tag,
		     unsigned int seed, struct model *model);

#endif /* SLOTS_MODELS_H */
