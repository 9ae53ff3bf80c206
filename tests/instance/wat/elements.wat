;; Elements that overlap, and a tail that nothing is written to.
(module
  (func $a (export "a")) (func $b (export "b")) (func $c (export "c")) (func $d (export "d"))
  (table (export "table") 6 funcref)
  (elem (i32.const 0) func $a $b $c $d)
  (elem (i32.const 1) func $d)
  (elem (i32.const 6) func))
