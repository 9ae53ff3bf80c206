/* SPDX-License-Identifier: MIT */
#ifndef SHIM_REQUEST_H
#define SHIM_REQUEST_H

#include <libshim/instances.h>

/*
 * Checks everything of a request that does not depend on the allocator but for its flags.
 * -EINVAL, -EOPNOTSUPP or -EFAULT with a message that names the member.
 */
int shim_request_check(const struct shim_instance_request *request, uint32_t flags);

#endif /* SHIM_REQUEST_H */
