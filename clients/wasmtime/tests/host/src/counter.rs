// SPDX-License-Identifier: MIT
//! The demo's counters: counter.h of examples/demo.

#[repr(C)]
#[derive(Default, Clone, Copy)]
pub struct Counter {
    pub clock: u64,
    pub faults: u64,
    pub calls: u64,
}

extern "C" {
    fn counter_require_instructions() -> i32;
    fn counter_watch_calls(watch: bool) -> i32;
    fn counter_clock() -> u64;
    fn counter_start(begin: *mut Counter);
    fn counter_stop(begin: *const Counter, sum: *mut Counter);
    fn calls_time(is_on: bool);
    fn calls_taken() -> u64;
}

/// Whether the clock counts instructions.
pub fn instructions() -> bool {
    unsafe { counter_require_instructions() == 0 }
}

/// Whether system calls are counted from now on; false: the process may not.
pub fn watch_calls(watch: bool) -> bool {
    unsafe { counter_watch_calls(watch) == 0 }
}

pub fn clock() -> u64 {
    unsafe { counter_clock() - calls_taken() }
}

/// What work takes, with its page faults and system calls.
pub fn of<T>(work: impl FnOnce() -> T) -> (T, Counter) {
    let mut begin = Counter::default();
    let mut sum = Counter::default();
    unsafe { counter_start(&mut begin) };
    let result = work();
    unsafe { counter_stop(&begin, &mut sum) };
    (result, sum)
}

/// The clock without the time of Wasmtime's memory calls, while work runs: calls.c.
pub fn without_calls<T>(work: impl FnOnce() -> T) -> T {
    unsafe { calls_time(true) };
    let result = work();
    unsafe { calls_time(false) };
    result
}
