;; Tables with limits at their ends.
(module
  (table 0 funcref)
  (table 0 0 externref)
  (table 4294967295 funcref)
  (table 1 4294967295 externref))
