;; Segments for memory.init and table.init, and active ones beside them.
(module
  (func $a (export "a")) (func $b (export "b"))
  (memory (export "memory") 1)
  (table (export "table") 8 16 funcref)
  (table (export "hosts") 4 externref)
  (elem $passive func $a $b $a)
  (elem $active (table 0) (i32.const 0) func $b)
  (elem $declared declare func $a)
  (elem $exprs funcref (ref.null func) (ref.func $b))
  (data $passive "passive data")
  (data $active (i32.const 100) "active")
  (func (memory.init $passive (i32.const 0) (i32.const 0) (i32.const 0))))
