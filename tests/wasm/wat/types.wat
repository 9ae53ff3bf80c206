;; Function types: none, many params, many results, each value type.
(module
  (type (func))
  (type (func (param i32 i64 f32 f64 v128 funcref externref)))
  (type (func (result externref funcref v128 f64 f32 i64 i32)))
  (type (func (param i32 i32) (result i32)))
  (type (func)))
