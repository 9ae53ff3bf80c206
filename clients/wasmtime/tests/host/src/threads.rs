// SPDX-License-Identifier: MIT
//! What threads that make instances of one engine do to each other: TLB flushes on other
//! processors, and acquisitions of the mmap lock; and their page faults.

use crate::engine::{self, when_free, BATCH, SLOTS};
use crate::program::{self, Program};
use std::sync::Barrier;
use wasmtime::error::Context;
use wasmtime::*;

/// Cycles of each thread after that, for its stack and its heap.
const FIRST: u32 = 3;
/// Those whose memory does not grow.
const PROGRAMS: [usize; 3] = [0, 1, 4];

extern "C" {
    fn events_open(fds: *mut i32) -> i32;
    fn events_read_close(fds: *const i32, sums: *mut u64);
}

/// Uses each slot and table for each input, so that all of them have the pages that the program
/// touches: the first touch of a table's page, which is plain memory, may take the mmap lock.
fn warm(engine: &Engine, program: &Program) -> Result<()> {
    for round in 0..program::seeds(program.index) {
        let mut live = Vec::new();
        for i in 0..SLOTS {
            let seed = (i + round) % program::seeds(program.index);
            let input = program::input(program.index, seed);
            let mut running = program.instantiate(program::store(engine, seed, &input))?;
            let _ = program.run(&mut running, seed);
            live.push(running);
        }
    }
    Ok(())
}

/// The events of one thread.
fn worker(engine: &Engine, program: &Program, count: u32, barrier: &Barrier) -> Result<[u64; 3]> {
    let inputs: Vec<_> = (0..program::seeds(program.index))
        .map(|seed| program::input(program.index, seed))
        .collect();
    let run = |count: u32| -> Result<()> {
        for i in 0..count as usize * BATCH {
            let seed = i % inputs.len();
            let store = || program::store(engine, seed as u32, &inputs[seed]);
            let mut running = when_free(|| program.instantiate(store()))?;
            let _ = program.run(&mut running, seed as u32);
        }
        Ok(())
    };
    let count_events = || -> Result<[u64; 3]> {
        let mut fds = [0i32; 3];
        let mut sums = [0u64; 3];
        ensure!(
            unsafe { events_open(fds.as_mut_ptr()) } == 0,
            "no tracepoints"
        );
        let result = run(count);
        unsafe { events_read_close(fds.as_ptr(), sums.as_mut_ptr()) };
        result.map(|()| sums)
    };
    // The others wait, whatever comes of this one.
    let first = run(FIRST);
    barrier.wait();
    let sums = first.and_then(|()| count_events());
    barrier.wait();
    sums
}

pub fn run(name: &str, count: u32) -> Result<()> {
    let found = engine::ALL.iter().find(|(known, _)| *known == name);
    let (_, contender) = found.with_context(|| format!("no contender {name}"))?;
    for threads in [1u32, 2, 4] {
        for index in PROGRAMS {
            let engine = engine::make_warmable(*contender)?;
            let program = program::load(&engine, index)?;
            warm(&engine, &program)?;
            let barrier = Barrier::new(threads as usize);
            let sums: Result<Vec<[u64; 3]>> = std::thread::scope(|scope| {
                let workers: Vec<_> = (0..threads)
                    .map(|_| scope.spawn(|| worker(&engine, &program, count, &barrier)))
                    .collect();
                workers
                    .into_iter()
                    .map(|worker| worker.join().expect("a thread"))
                    .collect()
            });
            let sums = sums?;
            let instances = f64::from(threads * count) * BATCH as f64;
            let total = |at: usize| sums.iter().map(|sum| sum[at]).sum::<u64>();
            println!(
                "{{\"program\": \"{}\", \"contender\": \"{name}\", \"threads\": {threads}, \
                  \"instances\": {instances}, \"shoot_downs\": {}, \"mmap_locks\": {}, \"faults\": {}}}",
                program::NAMES[index],
                total(0),
                total(1),
                total(2)
            );
        }
    }
    Ok(())
}
