;; A memory with 64-bit addresses.
(module
  (memory (export "memory") i64 1 8)
  (data (i64.const 65530) "edge"))
