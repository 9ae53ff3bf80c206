// SPDX-License-Identifier: MIT
//! All programs and a component on two engines, one on slots and one in plain memory, with few
//! slots, so that an instance is in slots which other modules have dirtied. Outputs, results, traps
//! and memories must be the same.

use crate::databases::{self, Databases};
use crate::engine::{self, when_free, Contender};
use crate::program::{self, Outcome, Program};
use crate::seam;
use std::collections::{HashMap, HashSet};
use std::sync::Mutex;
use wasmtime::*;

const COUNT: usize = program::NAMES.len() + 1;
const DATABASES: usize = COUNT - 1;

fn name(index: usize) -> &'static str {
    program::NAMES.get(index).unwrap_or(&databases::NAME)
}

fn seeds(index: usize) -> u32 {
    program::seeds(if index == DATABASES {
        program::SQLITE
    } else {
        index
    })
}

struct Side {
    engine: Engine,
    programs: Vec<Program>,
    databases: Databases,
}

impl Side {
    fn new(contender: Contender, slots: u32) -> Result<Side> {
        let engine = engine::make_with(contender, slots)?;
        let programs = (0..program::NAMES.len())
            .map(|index| program::load(&engine, index))
            .collect::<Result<Vec<_>>>()?;
        let databases = databases::load(&engine)?;
        Ok(Side {
            engine,
            programs,
            databases,
        })
    }

    /// The memories' addresses are told while the instance is there.
    fn instance(&self, index: usize, seed: u32, mut at: impl FnMut(usize)) -> Result<Outcome> {
        if index == DATABASES {
            let mut running = when_free(|| self.databases.instantiate(&self.engine, seed))?;
            let outcome = running.run(seed)?;
            running.places().for_each(at);
            return Ok(outcome);
        }
        let program = &self.programs[index];
        let input = program::input(index, seed);
        let mut running =
            when_free(|| program.instantiate(program::store(&self.engine, seed, &input)))?;
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
    /// The program that was in a slot last.
    last: Mutex<HashMap<u32, usize>>,
    tallies: Mutex<Vec<Tally>>,
}

impl World {
    fn compare(&self, index: usize, seed: u32) -> Result<()> {
        let name = name(index);
        let mut is_plain = true;
        let want = self.plain.instance(index, seed, |at| {
            is_plain &= seam::query(at as *const u8).is_none();
        })?;
        let mut slots = HashSet::new();
        let mut is_on_slots = true;
        let mut dirtied = false;
        let got = self.slots.instance(index, seed, |at| {
            let info = seam::query(at as *const u8).filter(|info| info.backend != 0);
            is_on_slots &= info.is_some();
            let Some(slot) = info
                .map(|info| info.slot)
                .filter(|slot| slots.insert(*slot))
            else {
                return;
            };
            let former = self.last.lock().expect("no panic").insert(slot, index);
            dirtied |= former.is_some_and(|former| former != index);
        })?;
        ensure!(is_plain, "{name}: the plain memory is on slots");
        ensure!(is_on_slots, "{name} is not on slots");
        let memories = if index == DATABASES { 2 } else { 1 };
        ensure!(
            slots.len() == memories,
            "{name} is in {} slots",
            slots.len()
        );
        ensure!(
            got == want,
            "{name}, seed {seed}: {got:?}, in plain memory {want:?}"
        );
        let mut tallies = self.tallies.lock().expect("no panic");
        let tally = &mut tallies[index];
        tally.instances += 1;
        tally.dirtied += u64::from(dirtied);
        tally.traps += u64::from(got.trap.is_some());
        tally.outputs.insert((got.digest, got.memory));
        Ok(())
    }

    /// Each thread has the programs in an order of its own, and other ones each round.
    fn worker(&self, thread: u32, rounds: u32) -> Result<()> {
        for round in 0..rounds {
            // The number of programs is a prime, so that each step leads through all of them.
            let step = [1, 3, 7, 9][(round + thread) as usize % 4];
            for i in 0..COUNT {
                let index = (i * step + thread as usize) % COUNT;
                self.compare(index, (round * 5 + thread * 3) % seeds(index))?;
            }
        }
        Ok(())
    }
}

/// As many slots as a component in each thread and one more need, which is fewer than programs in
/// one thread.
pub fn run(rounds: u32, threads: u32) -> Result<()> {
    let slots = databases::MEMORIES * (threads + 1);
    let world = World {
        plain: Side::new(Contender::Default, slots)?,
        slots: Side::new(Contender::Seam, slots)?,
        last: Mutex::default(),
        tallies: Mutex::new((0..COUNT).map(|_| Tally::default()).collect()),
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
    for (index, tally) in tallies.iter().enumerate() {
        let name = name(index);
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
