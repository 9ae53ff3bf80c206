// SPDX-License-Identifier: MIT
//! Wasmtime with its pooling allocator on slots, beside the same in plain memory:
//!
//!     host demo [ROUNDS]                  the demo's programs, with contents compared
//!     host modules ROUNDS THREADS         programs of others too, in slots that others left
//!     host compile FOLDER                 for a machine that compiles slowly: see compiled.rs
//!     host check SCHEDULES THREADS SEED   random schedules, with contents compared
//!     host spec FOLDER THREADS PASSES     the suite's .wast files, with results compared
//!     host bench CONTENDER CYCLES [PROGRAM]   what an instance costs: a line for each program
//!     host threads CONTENDER CYCLES       what 1, 2 and 4 threads do to each other

mod bench;
mod compiled;
mod counter;
mod creator;
mod databases;
mod demo;
mod engine;
mod modules;
mod program;
mod real;
mod schedule;
mod seam;
mod spec;
mod threads;
mod wasi;

use wasmtime::*;

fn number(words: &[String], at: usize, default: u64) -> Result<u64> {
    words.get(at).map_or(Ok(default), |word| Ok(word.parse()?))
}

fn main() -> Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match words.first().map(String::as_str) {
        Some("demo") => demo::run(number(&words, 1, 8)? as u32),
        Some("check") => schedule::check(
            number(&words, 1, 100)?,
            number(&words, 2, 1)?,
            number(&words, 3, 1)?,
        ),
        Some("modules") => modules::run(number(&words, 1, 8)? as u32, number(&words, 2, 1)? as u32),
        Some("compile") => compiled::make(words.get(1).map_or(".", String::as_str)),
        Some("spec") => spec::run(
            words.get(1).map_or(".", String::as_str),
            number(&words, 2, 1)? as u32,
            number(&words, 3, 2)? as u32,
        ),
        Some("bench") => bench::run(
            words.get(1).map_or("seam", String::as_str),
            number(&words, 2, 10)? as u32,
            words.get(3),
        ),
        Some("threads") => threads::run(
            words.get(1).map_or("seam", String::as_str),
            number(&words, 2, 10)? as u32,
        ),
        _ => bail!("usage: host demo|modules|compile|check|spec|bench|threads ..."),
    }
}
