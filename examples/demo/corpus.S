/* SPDX-License-Identifier: MIT */
/* Input files and modules, linked into the runner so that the guest needs none. */
	.macro corpus name
	.global corpus_\name, corpus_\name\()_end
corpus_\name:
	.incbin "corpus-\name"
corpus_\name\()_end:
	.byte 0
	.endm

	.section .rodata
	corpus commonjs
	corpus typescript
	corpus prose

	.macro wasm name
	.global wasm_\name, wasm_\name\()_end
wasm_\name:
	.incbin "\name\().wasm"
wasm_\name\()_end:
	.byte 0
	.endm

	wasm calc
	wasm json
	wasm spell
	wasm tiles
	wasm trap
	wasm llhttp
	wasm cjs
	wasm esm
	.section .note.GNU-stack, "", @progbits
