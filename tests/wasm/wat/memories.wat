;; Multi-memory, memory64, shared memories, and limits at their ends.
(module
  (memory 0)
  (memory 0 0)
  (memory 1 65536)
  (memory 65536)
  (memory 1 1 shared)
  (memory i64 0)
  (memory i64 0x10000 0x1000000000000)
  (memory i64 0x1000000000000)
  (memory i64 2 3 shared))
