;; SPDX-License-Identifier: MIT
;;
;; Accesses that must trap. The effective address of a load or store is a
;; 32-bit operand plus a 32-bit constant, so it can lie up to 8 GiB past the
;; start of the memory; C cannot ask for such constants, hence the text format.
;;
;; mark() writes to memory, to a global and, through grow(), past the initial
;; limit, so that each trap leaves something behind that a reset has to undo.
(module
  (type $nullary (func (result i32)))
  (type $unary (func (param i32) (result i32)))

  (memory (export "memory") 1 64)
  (table 6 6 funcref)
  (elem (i32.const 1) $double $three)
  (data (i32.const 1024) "start-up content that a tenant overwrites")

  (global $marks (mut i32) (i32.const 7))
  (global $started (mut i32) (i32.const 0))

  (func $double (type $unary) (i32.mul (local.get 0) (i32.const 2)))
  (func $three (type $nullary) (i32.const 3))

  ;; Run once, before the image is made.
  (func (export "setup")
    (global.set $started (i32.const 1))
    (i32.store (i32.const 40000) (i32.const 0x5e7)))

  (func (export "mark") (param $value i32) (result i32)
    (i32.store (i32.const 1024) (local.get $value))
    (i32.store (i32.const 20000)
      (i32.add (i32.load (i32.const 20000)) (local.get $value)))
    (i32.store (i32.const 40000)
      (i32.xor (i32.load (i32.const 40000)) (local.get $value)))
    (i32.store (i32.const 65532) (local.get $value))
    (global.set $marks (i32.add (global.get $marks) (i32.const 1)))
    (i32.add (i32.load (i32.const 20000))
      (i32.add (global.get $marks) (global.get $started))))

  (func (export "grow") (param i32) (result i32)
    (memory.grow (local.get 0)))

  (func (export "load8") (param i32) (result i32)
    (i32.load8_u (local.get 0)))
  (func (export "load32") (param i32) (result i32)
    (i32.load (local.get 0)))
  (func (export "load64") (param i32) (result i32)
    (i32.wrap_i64 (i64.load (local.get 0))))
  (func (export "load8_far") (param i32) (result i32)
    (i32.load8_u offset=0xffffffff (local.get 0)))
  (func (export "load64_far") (param i32) (result i32)
    (i32.wrap_i64 (i64.load offset=0xffffffff (local.get 0))))

  (func (export "store8") (param i32) (result i32)
    (i32.store8 (local.get 0) (i32.const 0xa5)) (i32.const 0))
  (func (export "store32") (param i32) (result i32)
    (i32.store (local.get 0) (i32.const 0xa5a5a5a5)) (i32.const 0))
  (func (export "store64") (param i32) (result i32)
    (i64.store (local.get 0) (i64.const 0xa5a5a5a5a5a5a5a5)) (i32.const 0))
  (func (export "store8_far") (param i32) (result i32)
    (i32.store8 offset=0xffffffff (local.get 0) (i32.const 0xa5)) (i32.const 0))
  (func (export "store64_far") (param i32) (result i32)
    (i64.store offset=0xffffffff (local.get 0) (i64.const -1)) (i32.const 0))

  ;; Bounds that wasm2c checks in software.
  (func (export "fill") (param i32) (result i32)
    (memory.fill (local.get 0) (i32.const 0xa5) (i32.const 64)) (i32.const 0))
  (func (export "call_unary") (param i32) (result i32)
    (call_indirect (type $unary) (i32.const 21) (local.get 0)))

  (func (export "divide") (param i32) (result i32)
    (i32.div_s (i32.const -0x80000000) (local.get 0)))
  (func (export "stop") (param i32) (result i32)
    (unreachable))
  ;; Calls itself without end; the sum keeps the call from being a jump.
  (func $recurse (export "recurse") (param i32) (result i32)
    (i32.add (call $recurse (i32.add (local.get 0) (i32.const 1)))
      (local.get 0))))
