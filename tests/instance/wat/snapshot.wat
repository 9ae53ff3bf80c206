;; Everything that a snapshot takes over, to be changed by start-up.
(module
  (import "env" "f" (func $f))
  (memory (export "memory") 1 4)
  (table (export "table") 4 10 funcref)
  (global (export "count") (mut i32) (i32.const 5))
  (global (export "ref") (mut funcref) (ref.null func))
  (elem (i32.const 1) func $own $f)
  (data (i32.const 16) "first")
  (data $passive "passive")
  (func $own (export "own")))
