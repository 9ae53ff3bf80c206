;; Data segments in each of the three forms of the binary format.
(module
  (memory $m 2)
  (memory $n i64 1 2)
  (data $d (i32.const 8) "active")
  (data $p "passive\00\ff")
  (data (memory $n) (i64.const 65530) "second")
  (data (i32.const 131072) "")
  (data $e "")
  (func
    (memory.init $p (i32.const 0) (i32.const 0) (i32.const 1))
    (data.drop $e)))
