;; SPDX-License-Identifier: MIT
;;
;; A component with two databases. Each is SQLite, a core module that the host gives, and a core
;; module that is WASI for it, so that an instance has four memories: the two of SQLite begin as
;; an image, the others empty.
(component $root
  (import "sqlite" (core module $sqlite
    (import "wasi_snapshot_preview1" "clock_time_get" (func (param i32 i64 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_close" (func (param i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_fdstat_get" (func (param i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_filestat_get" (func (param i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_prestat_get" (func (param i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_prestat_dir_name"
      (func (param i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_read" (func (param i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_seek" (func (param i32 i64 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_sync" (func (param i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_write" (func (param i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "path_filestat_get"
      (func (param i32 i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "path_open"
      (func (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "path_unlink_file" (func (param i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "poll_oneoff" (func (param i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "proc_exit" (func (param i32)))
    (export "memory" (memory 32))
    (export "_initialize" (func))
    (export "setup" (func))
    (export "run" (func (result i32)))))
  (import "out" (func $out (param "bytes" (list u8))))

  (component $database
    (import "out" (func $out (param "bytes" (list u8))))
    (alias outer $root $sqlite (core module $sqlite))

    ;; SQLite is there only after its imports. So the two that need its memory are called
    ;; through a table. There is no file, and no time.
    (core module $early
      (type $transfer (func (param i32 i32 i32 i32) (result i32)))
      (table (export "table") 2 2 funcref)
      (func (export "fd_read") (type $transfer)
        (call_indirect (type $transfer)
          (local.get 0) (local.get 1) (local.get 2) (local.get 3) (i32.const 0)))
      (func (export "fd_write") (type $transfer)
        (call_indirect (type $transfer)
          (local.get 0) (local.get 1) (local.get 2) (local.get 3) (i32.const 1)))
      (func (export "fd_prestat_get") (param i32 i32) (result i32) (i32.const 8))
      (func (export "fd_fdstat_get") (param i32 i32) (result i32) (i32.const 8))
      (func (export "clock_time_get") (param i32 i64 i32) (result i32) (i32.const 52))
      (func (export "fd_close") (param i32) (result i32) (i32.const 52))
      (func (export "fd_filestat_get") (param i32 i32) (result i32) (i32.const 52))
      (func (export "fd_prestat_dir_name") (param i32 i32 i32) (result i32) (i32.const 52))
      (func (export "fd_seek") (param i32 i64 i32 i32) (result i32) (i32.const 70))
      (func (export "fd_sync") (param i32) (result i32) (i32.const 52))
      (func (export "path_filestat_get") (param i32 i32 i32 i32 i32) (result i32)
        (i32.const 52))
      (func (export "path_open") (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)
        (i32.const 52))
      (func (export "path_unlink_file") (param i32 i32 i32) (result i32) (i32.const 52))
      (func (export "poll_oneoff") (type $transfer) (i32.const 52))
      (func (export "proc_exit") (param i32) (unreachable)))
    (core instance $early (instantiate $early))
    (core instance $sqlite (instantiate $sqlite
      (with "wasi_snapshot_preview1" (instance $early))))
    (alias core export $sqlite "memory" (core memory $memory))
    (core func $out (canon lower (func $out) (memory (core memory $memory))))

    ;; Its own memory has the input, which comes from the host.
    (core module $late
      (import "sqlite" "memory" (memory $memory 32))
      (import "sqlite" "_initialize" (func $initialize))
      (import "sqlite" "setup" (func $setup))
      (import "sqlite" "run" (func $run (result i32)))
      (import "host" "out" (func $out (param i32 i32)))
      (import "early" "table" (table 2 2 funcref))
      (memory $input (export "input") 0)
      (global $at (mut i32) (i32.const 0))
      (global $end (mut i32) (i32.const 0))
      (elem (i32.const 0) $read $write)

      ;; The host writes one thing at a time, from the memory's start.
      (func (export "realloc") (param i32 i32 i32 i32) (result i32)
        (local $pages i32)
        (local.set $pages (i32.shr_u
          (i32.add (local.get 3) (i32.const 65535)) (i32.const 16)))
        (if (i32.gt_u (local.get $pages) (memory.size $input))
          (then (if (i32.eq (i32.const -1) (memory.grow $input
              (i32.sub (local.get $pages) (memory.size $input))))
            (then (unreachable)))))
        (i32.const 0))

      (func $read (param $fd i32) (param $vector i32) (param $count i32) (param $done i32)
        (result i32)
        (local $length i32)
        (local.set $length (i32.load $memory offset=4 (local.get $vector)))
        (if (i32.gt_u (local.get $length) (i32.sub (global.get $end) (global.get $at)))
          (then (local.set $length (i32.sub (global.get $end) (global.get $at)))))
        (memory.copy $memory $input
          (i32.load $memory (local.get $vector)) (global.get $at) (local.get $length))
        (global.set $at (i32.add (global.get $at) (local.get $length)))
        (i32.store $memory (local.get $done) (local.get $length))
        (i32.const 0))

      (func $write (param $fd i32) (param $vector i32) (param $count i32) (param $done i32)
        (result i32)
        (i32.store $memory (local.get $done) (i32.const 0))
        (block $all
          (loop $next
            (br_if $all (i32.eqz (local.get $count)))
            (call $out (i32.load $memory (local.get $vector))
              (i32.load $memory offset=4 (local.get $vector)))
            (i32.store $memory (local.get $done)
              (i32.add (i32.load $memory (local.get $done))
                (i32.load $memory offset=4 (local.get $vector))))
            (local.set $vector (i32.add (local.get $vector) (i32.const 8)))
            (local.set $count (i32.sub (local.get $count) (i32.const 1)))
            (br $next)))
        (i32.const 0))

      (func (export "run") (param $start i32) (param $length i32) (result i32)
        (global.set $at (local.get $start))
        (global.set $end (i32.add (local.get $start) (local.get $length)))
        (call $initialize)
        (call $setup)
        (call $run))

      ;; Of all of SQLite's memory.
      (func (export "digest") (result i64)
        (local $digest i64) (local $at i32)
        (local.set $at (i32.shl (memory.size $memory) (i32.const 16)))
        (local.set $digest (i64.extend_i32_u (local.get $at)))
        (loop $next
          (local.set $at (i32.sub (local.get $at) (i32.const 8)))
          (local.set $digest (i64.rotl
            (i64.mul (i64.xor (local.get $digest) (i64.load $memory (local.get $at)))
              (i64.const 0x9e3779b97f4a7c15))
            (i64.const 29)))
          (br_if $next (local.get $at)))
        (local.get $digest)))
    (core instance $late (instantiate $late
      (with "sqlite" (instance $sqlite))
      (with "early" (instance $early))
      (with "host" (instance (export "out" (func $out))))))
    (alias core export $late "input" (core memory $input))
    (func (export "run") (param "statements" (list u8)) (result u32)
      (canon lift (core func $late "run") (memory (core memory $input))
        (realloc (core func $late "realloc"))))
    (func (export "digest") (result u64) (canon lift (core func $late "digest"))))

  (instance $one (instantiate $database (with "out" (func $out))))
  (instance $two (instantiate $database (with "out" (func $out))))
  (export "one" (instance $one))
  (export "two" (instance $two)))
