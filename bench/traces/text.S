/* SPDX-License-Identifier: MIT */
/* The recorded traces, linked into the benchmark, which then needs no file in the guest. */
	.section .rodata
	.global traces_text, traces_text_end
traces_text:
	.incbin "bench/traces/traces.txt"
traces_text_end:
	.byte 0
	.section .note.GNU-stack, "", %progbits
