// SPDX-License-Identifier: MIT
//! What an instance costs: a store, an instance in it, its call, and the drop of both.
//!
//! A cycle is as many instances as are reset with one call. Clock and events are counted in
//! cycles of their own, as counting calls makes each of them longer.

use crate::counter::{self, Counter};
use crate::engine::{self, BATCH};
use crate::program::{self, Program};
use wasmtime::error::Context;
use wasmtime::*;

/// Until each slot was used, and the pages that are kept are there.
const WARM: u32 = 8;

#[derive(Clone, Copy)]
struct Phases {
    around: u64,
    whole: u64,
}

fn instance(engine: &Engine, program: &Program, seed: u32, input: &[u8]) -> Result<Phases> {
    let start = counter::clock();
    let store = program::store(engine, seed, input);
    let mut running = program.instantiate(store)?;
    let called = counter::clock();
    let _ = program.run(&mut running, seed);
    let returned = counter::clock();
    drop(running);
    let end = counter::clock();
    Ok(Phases {
        around: called - start + end - returned,
        whole: end - start,
    })
}

fn cycle(engine: &Engine, program: &Program, inputs: &[Vec<u8>]) -> Result<Vec<Phases>> {
    (0..BATCH)
        .map(|i| {
            let seed = i % inputs.len();
            instance(engine, program, seed as u32, &inputs[seed])
        })
        .collect()
}

/// A cycle without interrupts, as far as these are not in all: of each of its instances the
/// least that it took. The same one makes the call that resets all.
#[derive(Default)]
struct Least(Vec<Phases>);

impl Least {
    fn add(&mut self, cycle: Vec<Phases>) {
        if self.0.is_empty() {
            self.0 = cycle;
            return;
        }
        for (least, one) in self.0.iter_mut().zip(cycle) {
            least.around = least.around.min(one.around);
            least.whole = least.whole.min(one.whole);
        }
    }

    fn mean(&self, of: fn(&Phases) -> u64) -> u64 {
        self.0.iter().map(of).sum::<u64>() / BATCH as u64
    }
}

/// A contender must be right: each seed comes to the same in whichever slot. That reads each
/// page, and so is not done before what is measured.
fn compare(engine: &Engine, program: &Program, inputs: &[Vec<u8>]) -> Result<()> {
    for (seed, input) in inputs.iter().enumerate().take(2) {
        let mut first = None;
        for _ in 0..3 {
            let store = program::store(engine, seed as u32, input);
            let mut running = program.instantiate(store)?;
            let result = program.run(&mut running, seed as u32);
            let outcome = running.outcome(result);
            let want = first.get_or_insert_with(|| outcome.clone());
            let name = program::NAMES[program.index];
            ensure!(
                outcome == *want,
                "{name}, seed {seed}: {outcome:?}, {want:?}"
            );
        }
    }
    Ok(())
}

fn measure(contender: &str, engine: &Engine, index: usize, cycles: u32) -> Result<()> {
    let program = program::load(engine, index)?;
    let inputs: Vec<_> = (0..program::seeds(index))
        .map(|seed| program::input(index, seed))
        .collect();
    for _ in 0..WARM {
        cycle(engine, &program, &inputs)?;
    }
    let mut least = Least::default();
    for _ in 0..cycles {
        least.add(cycle(engine, &program, &inputs)?);
    }
    let mut without_calls = Least::default();
    for _ in 0..cycles {
        without_calls.add(counter::without_calls(|| cycle(engine, &program, &inputs))?);
    }
    let watches = counter::watch_calls(true);
    let mut events = Counter::default();
    for _ in 0..cycles {
        let (result, sum) = counter::of(|| cycle(engine, &program, &inputs));
        result?;
        events.calls += sum.calls;
        events.faults += sum.faults;
    }
    counter::watch_calls(false);
    compare(engine, &program, &inputs)?;
    let instances = f64::from(cycles) * BATCH as f64;
    let calls = if watches {
        format!("{:.3}", events.calls as f64 / instances)
    } else {
        "null".into()
    };
    println!(
        "{{\"program\": \"{}\", \"contender\": \"{contender}\", \"whole\": {}, \
              \"around\": {}, \"without_calls\": {}, \"around_without_calls\": {}, \
              \"faults\": {:.3}, \"calls\": {calls}}}",
        program::NAMES[index],
        least.mean(|one| one.whole),
        least.mean(|one| one.around),
        without_calls.mean(|one| one.whole),
        without_calls.mean(|one| one.around),
        events.faults as f64 / instances
    );
    Ok(())
}

/// All programs, or one.
pub fn run(name: &str, cycles: u32, only: Option<&String>) -> Result<()> {
    let found = engine::ALL.iter().find(|(known, _)| *known == name);
    let (_, contender) = found.with_context(|| format!("no contender {name}"))?;
    let engine = engine::make(*contender)?;
    eprintln!(
        "bench: {name}, in {}",
        if counter::instructions() {
            "instructions"
        } else {
            "ns"
        }
    );
    let is_wanted = |index: &usize| only.is_none_or(|only| only == program::NAMES[*index]);
    for index in (0..program::OF_BENCH).filter(is_wanted) {
        measure(name, &engine, index, cycles)?;
    }
    Ok(())
}
