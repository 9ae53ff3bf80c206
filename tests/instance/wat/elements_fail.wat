;; The second element segment does not fit, so no data segment is run.
(module
  (func $a (export "a"))
  (memory (export "memory") 1)
  (table (export "table") 4 funcref)
  (elem (i32.const 0) func $a)
  (elem (i32.const 3) func $a $a)
  (elem (i32.const 1) func $a)
  (data (i32.const 0) "data"))
