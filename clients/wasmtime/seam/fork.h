/* SPDX-License-Identifier: MIT */
#ifndef SEAM_FORK_H
#define SEAM_FORK_H

/* From then on fork() gives children what slots hold, in plain memory. 0 or -errno. */
int seam_fork_prepare(void);

#endif /* SEAM_FORK_H */
