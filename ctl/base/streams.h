/* SPDX-License-Identifier: MIT */
/*
 * The standard streams.
 */
#ifndef CTL_STREAMS_H
#define CTL_STREAMS_H

/*
 * Before anything is opened: a stream that the caller closed would otherwise be the next file
 * or socket that is, and what is printed would go there. It becomes one of which every use
 * fails.
 */
void streams_secure(void);

#endif /* CTL_STREAMS_H */
