;; Has what importer.wat asks for.
(module
  (func (export "func"))
  (memory (export "memory") 1 4)
  (table (export "table") 4 8 funcref)
  (global (export "offset") i32 (i32.const 2))
  (global (export "counter") (mut i32) (i32.const 5))
  (global (export "ref") externref (ref.null extern))
  (data (i32.const 0) "exported"))
