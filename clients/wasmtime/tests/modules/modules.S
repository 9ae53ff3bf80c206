/* SPDX-License-Identifier: MIT */
/* Modules of others, linked into the host, which then needs no files in the guest. */
	.macro wasm name, file
	.global wasm_\name, wasm_\name\()_end
wasm_\name:
	.incbin "\file"
wasm_\name\()_end:
	.byte 0
	.endm

	.section .rodata
	wasm sqlite, sqlite.wasm
	wasm quickjs, quickjs-wasi.wasm
	wasm sax, sax.wasm
	wasm redact, pii-shield.wasm
	.section .note.GNU-stack, "", @progbits
