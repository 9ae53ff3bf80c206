;; One of everything that an instance has.
(module
  (func $a (export "a") (result i32) i32.const 1)
  (func $b (param i32) (result i32) local.get 0)
  (memory (export "memory") 1 4)
  (table (export "table") 10 20 funcref)
  (global (export "i32") (mut i32) (i32.const 7))
  (global (export "i64") (mut i64) (i64.const -2))
  (global (export "f64") f64 (f64.const 1.5))
  (global (export "v128") v128 (v128.const i64x2 0x1122334455667788 0x99aabbccddeeff00))
  (global (export "funcref") funcref (ref.func $b))
  (global (export "null") externref (ref.null extern))
  (elem (i32.const 2) func $a $b)
  (data (i32.const 16) "hello world"))
