/* SPDX-License-Identifier: MIT */
/*
 * A cgroup whose processes may not open one device, as those of a container or of a service
 * with DeviceAllow= may not: a program of BPF decides it, in version 2 of cgroups.
 */
#ifndef TESTS_DEVICE_CGROUP_H
#define TESTS_DEVICE_CGROUP_H

#include "test.h"

/* Moves this process into such a cgroup, which is new. */
void device_cgroup_enter(unsigned int major, unsigned int minor);

/* Removes the cgroup, once no process is in it. */
void device_cgroup_remove(void);

#endif /* TESTS_DEVICE_CGROUP_H */
