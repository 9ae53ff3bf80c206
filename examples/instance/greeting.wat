;; What examples/instance makes instances of: something of each kind that an
;; instance allocator gives an initial value.
(module
  (memory (export "memory") 1 4)
  (data (i32.const 1024) "hello from a slot\00")
  (global (export "answer") (mut i32) (i32.const 42))
  (table (export "functions") 2 funcref)
  (elem (i32.const 0) $address)
  (func $address (export "address") (result i32) i32.const 1024))
