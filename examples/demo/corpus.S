/* SPDX-License-Identifier: MIT */
/* Input files and modules, linked into the runner, which then needs no files in the guest. */
	.macro embed symbol, file
	.global \symbol, \symbol\()_end
\symbol:
	.incbin "\file"
\symbol\()_end:
	.byte 0
	.endm

	.macro corpus name
	embed corpus_\name, corpus-\name
	.endm

	.macro wasm name
	embed wasm_\name, \name\().wasm
	.endm

	.section .rodata
	corpus commonjs
	corpus typescript
	corpus prose

	wasm calc
	wasm json
	wasm spell
	wasm tiles
	wasm trap
	wasm llhttp
	wasm cjs
	wasm esm
	.section .note.GNU-stack, "", @progbits
