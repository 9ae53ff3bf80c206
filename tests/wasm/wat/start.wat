;; A start function, and a custom section in the middle is added by the names.
(module
  (func $first (param i32))
  (func $start)
  (start $start))
