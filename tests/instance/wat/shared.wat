;; A memory that threads share.
(module
  (import "x" "memory" (memory 1 2 shared)))
