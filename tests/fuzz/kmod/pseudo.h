/* SPDX-License-Identifier: MIT */
/*
 * The calls of guardslot.txt that are more than a system call: they reach memory, and note
 * what the end of the program has to undo.
 */
#ifndef FUZZ_PSEUDO_H
#define FUZZ_PSEUDO_H

#include <stdint.h>

/* Catches the signals of touches, for all threads. */
void pseudo_init(void);

long syz_guardslot_open(const uint64_t *arguments);
long syz_guardslot_close(const uint64_t *arguments);
long syz_guardslot_map(const uint64_t *arguments);
long syz_guardslot_map_claims(const uint64_t *arguments);
long syz_guardslot_unmap(const uint64_t *arguments);
long syz_guardslot_move(const uint64_t *arguments);
long syz_guardslot_protect(const uint64_t *arguments);
long syz_guardslot_advise(const uint64_t *arguments);
long syz_guardslot_touch(const uint64_t *arguments);
long syz_guardslot_poke(const uint64_t *arguments);
long syz_guardslot_claim(const uint64_t *arguments);
long syz_guardslot_fork(const uint64_t *arguments);
long syz_guardslot_fdinfo(const uint64_t *arguments);
long syz_guardslot_shrink(const uint64_t *arguments);
long syz_guardslot_reset_mode(const uint64_t *arguments);
long syz_guardslot_netlink(const uint64_t *arguments);
long syz_guardslot_receive(const uint64_t *arguments);

#endif /* FUZZ_PSEUDO_H */
