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

/// Until each slot was used, and pages that are kept are there.
const WARM: u32 = 6;

struct Phases {
    around: u64,
    whole: u64,
}

fn instance(engine: &Engine, program: &Program, seed: u32, input: &[u8]) -> Result<Phases> {
    let start = counter::clock();
    let store = program.store(engine, seed, input);
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

fn cycle(engine: &Engine, program: &Program, inputs: &[Vec<u8>]) -> Result<Phases> {
    let mut sum = Phases {
        around: 0,
        whole: 0,
    };
    for i in 0..BATCH {
        let seed = i % inputs.len();
        let one = instance(engine, program, seed as u32, &inputs[seed])?;
        sum.around += one.around;
        sum.whole += one.whole;
    }
    Ok(sum)
}

fn median(values: &mut [u64]) -> u64 {
    values.sort_unstable();
    values[values.len() / 2] / BATCH as u64
}

fn measure(contender: &str, engine: &Engine, index: usize, cycles: u32) -> Result<()> {
    let program = program::load(engine, index)?;
    let inputs: Vec<_> = (0..program::seeds(index))
        .map(|seed| program::input(index, seed))
        .collect();
    for _ in 0..WARM {
        cycle(engine, &program, &inputs)?;
    }
    let mut around = Vec::new();
    let mut whole = Vec::new();
    for _ in 0..cycles {
        let sum = cycle(engine, &program, &inputs)?;
        around.push(sum.around);
        whole.push(sum.whole);
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
    let instances = f64::from(cycles) * BATCH as f64;
    let calls = if watches {
        format!("{:.3}", events.calls as f64 / instances)
    } else {
        "null".into()
    };
    println!(
        "{{\"program\": \"{}\", \"contender\": \"{contender}\", \"whole\": {}, \
              \"around\": {}, \"faults\": {:.3}, \"calls\": {calls}}}",
        program::NAMES[index],
        median(&mut whole),
        median(&mut around),
        events.faults as f64 / instances
    );
    Ok(())
}

pub fn run(name: &str, cycles: u32) -> Result<()> {
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
    for index in 0..program::OF_BENCH {
        measure(name, &engine, index, cycles)?;
    }
    Ok(())
}
