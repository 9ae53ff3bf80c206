// SPDX-License-Identifier: MIT
//! The demo's programs in Wasmtime: the pooling allocator in plain memory beside the same
//! on slots. Each instance must come to the same output, the same trap and the same memory.

use crate::counter::{self, Counter};
use crate::engine::{self, Contender};
use crate::program::{self, Outcome, Program};
use crate::seam;
use wasmtime::*;

struct Side {
    engine: Engine,
    programs: Vec<Program>,
    sum: Vec<Counter>,
}

impl Side {
    fn new(contender: Contender) -> Result<Side> {
        let engine = engine::make(contender)?;
        let programs = (0..program::OF_DEMO)
            .map(|index| program::load(&engine, index))
            .collect::<Result<Vec<_>>>()?;
        let sum = vec![Counter::default(); programs.len()];
        Ok(Side {
            engine,
            programs,
            sum,
        })
    }

    fn instance(&mut self, index: usize, seed: u32, input: &[u8]) -> Result<(Outcome, *const u8)> {
        let program = &self.programs[index];
        let engine = &self.engine;
        let (running, before) = counter::of(|| -> Result<_> {
            let mut running = program.instantiate(program::store(engine, seed, input))?;
            let result = program.run(&mut running, seed);
            Ok((running, result))
        });
        let (mut running, result) = running?;
        let outcome = running.outcome(result);
        let memory = running.memory().data_ptr(&running.store).cast_const();
        let ((), after) = counter::of(|| drop(running));
        let sum = &mut self.sum[index];
        sum.clock += before.clock + after.clock;
        sum.faults += before.faults + after.faults;
        sum.calls += before.calls + after.calls;
        Ok((outcome, memory))
    }
}

fn is_on_slots(memory: *const u8) -> bool {
    seam::query(memory).is_some_and(|info| info.backend != 0)
}

/// Programs take turns, so that slots go from one to another. Returns the mismatches.
fn round(plain: &mut Side, slots: &mut Side, number: u32) -> Result<u64> {
    let mut mismatches = 0;
    for i in 0..64u32 {
        for index in 0..program::OF_DEMO {
            let seed = (number * 64 + i) % program::seeds(index);
            let input = program::input(index, seed);
            let (want, at) = plain.instance(index, seed, &input)?;
            ensure!(!is_on_slots(at), "the plain memory is on slots");
            let (got, at) = slots.instance(index, seed, &input)?;
            ensure!(is_on_slots(at), "{} is not on slots", program::NAMES[index]);
            if got != want {
                println!(
                    "{}, seed {seed}: {got:?}, in plain memory {want:?}",
                    program::NAMES[index]
                );
                mismatches += 1;
            }
        }
    }
    Ok(mismatches)
}

fn table(plain: &Side, slots: &Side, instances: f64, unit: &str, watches: bool) {
    println!("\n{:10}  {:^28}  {:^28}", "", "plain memory", "slots");
    println!(
        "{:10}  {unit:>12} {:>7} {:>7}  {unit:>12} {:>7} {:>7}",
        "program", "faults", "calls", "faults", "calls"
    );
    for (index, name) in program::NAMES[..program::OF_DEMO].iter().enumerate() {
        print!("{name:10}");
        for side in [plain, slots] {
            let sum = &side.sum[index];
            let mean = |value: u64| value as f64 / instances;
            print!("  {:12.0} {:7.2}", mean(sum.clock), mean(sum.faults));
            if watches {
                print!(" {:7.3}", mean(sum.calls))
            } else {
                print!("       -")
            }
        }
        println!();
    }
}

pub fn run(rounds: u32) -> Result<()> {
    let mut plain = Side::new(Contender::Default)?;
    let mut slots = Side::new(Contender::Seam)?;
    let mut mismatches = 0;
    let unit = if counter::instructions() {
        "insn"
    } else {
        "ns"
    };
    let watches = counter::watch_calls(true);
    for number in 0..=rounds {
        mismatches += round(&mut plain, &mut slots, number)?;
        if number == 0 {
            for side in [&mut plain, &mut slots] {
                side.sum.fill(Counter::default());
            }
        }
    }
    table(&plain, &slots, f64::from(rounds * 64), unit, watches);
    println!("\n{unit}, faults, calls: of an instance, from its store to the drop, in the rounds after\n\
              the first; programs take turns.");
    println!(
        "demo: {} programs, {} instances in each kind of memory, {mismatches} mismatches",
        program::OF_DEMO,
        (rounds + 1) * 64 * program::OF_DEMO as u32
    );
    ensure!(mismatches == 0, "instances differ");
    Ok(())
}
