;; The second data segment does not fit.
(module
  (func $a (export "a"))
  (memory (export "memory") 1)
  (table (export "table") 4 funcref)
  (elem (i32.const 0) func $a)
  (data (i32.const 0) "first")
  (data (i32.const 65532) "second")
  (data (i32.const 16) "third"))
