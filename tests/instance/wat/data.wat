;; Data that overlaps and that crosses a page.
(module
  (memory (export "memory") 2)
  (data (i32.const 10) "hello there")
  (data (i32.const 16) "world")
  (data (i32.const 65530) "this data spans multiple pages")
  (data (i32.const 65536) "the end")
  (data (i32.const 131072) ""))
