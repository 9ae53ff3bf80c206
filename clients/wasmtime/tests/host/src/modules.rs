// SPDX-License-Identifier: MIT
//! All programs on two engines, one on slots and one in plain memory, with fewer slots than
//! programs, so that an instance is in a slot which another module has dirtied. Outputs, results, traps
//! and memories must be the same.

use crate::engine::{self, Contender};
use crate::program::{self, Outcome, Program};
use crate::seam;
use std::collections::{HashMap, HashSet};
use std::sync::Mutex;
use wasmtime::*;

struct Side {
    engine: Engine,
    programs: Vec<Program>,
}

impl Side {
    fn new(contender: Contender, slots: u32) -> Result<Side> {
        let engine = engine::make_with(contender, slots)?;
        let programs = (0..program::NAMES.len())
            .map(|index| program::load(&engine, index))
            .collect::<Result<Vec<_>>>()?;
        Ok(Side { engine, programs })
    }

    /// The memory's address is told before the program runs.
    fn instance(&self, index: usize, seed: u32, at: impl FnOnce(usize)) -> Result<Outcome> {
        let program = &self.programs[index];
        let input = program::input(index, seed);
        let mut running = loop {
            match program.instantiate(program.store(&self.engine, seed, &input)) {
                // Another thread is about to reset all free slots.
                Err(error) if error.downcast_ref::<PoolConcurrencyLimitError>().is_some() => {
                    std::thread::yield_now();
                }
                result => break result?,
            }
        };
        at(running.memory().data_ptr(&running.store) as usize);
        let result = program.run(&mut running, seed);
        Ok(running.outcome(result))
    }
}

#[derive(Default)]
struct Tally {
    instances: u64,
    dirtied: u64,
    traps: u64,
    outputs: HashSet<(u64, u64)>,
}

struct World {
    plain: Side,
    slots: Side,
    /// The program that was in a slot last, by the slot's address.
    last: Mutex<HashMap<usize, usize>>,
    tallies: Mutex<Vec<Tally>>,
}

impl World {
    fn compare(&self, index: usize, seed: u32) -> Result<()> {
        let name = program::NAMES[index];
        let mut is_plain = true;
        let want = self.plain.instance(index, seed, |at| {
            is_plain = seam::query(at as *const u8).is_none();
        })?;
        let mut is_on_slots = false;
        let mut former = None;
        let got = self.slots.instance(index, seed, |at| {
            is_on_slots = seam::query(at as *const u8).is_some_and(|info| info.backend != 0);
            former = self.last.lock().expect("no panic").insert(at, index);
        })?;
        ensure!(is_plain, "{name}: the plain memory is on slots");
        ensure!(is_on_slots, "{name} is not on slots");
        ensure!(
            got == want,
            "{name}, seed {seed}: {got:?}, in plain memory {want:?}"
        );
        let mut tallies = self.tallies.lock().expect("no panic");
        let tally = &mut tallies[index];
        tally.instances += 1;
        tally.dirtied += u64::from(former.is_some_and(|former| former != index));
        tally.traps += u64::from(got.trap.is_some());
        tally.outputs.insert((got.digest, got.memory));
        Ok(())
    }

    /// Each thread has the programs in an order of its own, and other ones each round.
    fn worker(&self, thread: u32, rounds: u32) -> Result<()> {
        let count = program::NAMES.len();
        for round in 0..rounds {
            // Of the numbers below 10, 1, 3, 7 and 9 lead through all of them.
            let step = [1, 3, 7, 9][(round + thread) as usize % 4];
            for i in 0..count {
                let index = (i * step + thread as usize) % count;
                self.compare(index, (round * 5 + thread * 3) % program::seeds(index))?;
            }
        }
        Ok(())
    }
}

/// As many slots as there are threads, and two more.
pub fn run(rounds: u32, threads: u32) -> Result<()> {
    let world = World {
        plain: Side::new(Contender::Default, threads + 2)?,
        slots: Side::new(Contender::Seam, threads + 2)?,
        last: Mutex::default(),
        tallies: Mutex::new(program::NAMES.iter().map(|_| Tally::default()).collect()),
    };
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads)
            .map(|thread| {
                scope.spawn({
                    let world = &world;
                    move || world.worker(thread, rounds)
                })
            })
            .collect();
        workers
            .into_iter()
            .try_for_each(|worker| worker.join().expect("a thread"))
    })?;
    let tallies = world.tallies.into_inner().expect("no panic");
    println!("program     instances   dirtied slots   traps   outcomes");
    for (name, tally) in program::NAMES.iter().zip(&tallies) {
        println!(
            "{name:10} {:10} {:15} {:10} {:9}",
            tally.instances,
            tally.dirtied,
            tally.traps,
            tally.outputs.len()
        );
        ensure!(
            tally.dirtied > 0,
            "{name} was in no slot that another dirtied"
        );
        ensure!(tally.outputs.len() > 1, "{name} is the same for all seeds");
    }
    println!(
        "modules: {} programs in {threads} threads, {} instances in each kind of memory, 0 mismatches",
        tallies.len(),
        tallies.iter().map(|tally| tally.instances).sum::<u64>()
    );
    Ok(())
}
