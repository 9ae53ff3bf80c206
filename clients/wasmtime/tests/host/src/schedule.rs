// SPDX-License-Identifier: MIT
//! Random schedules of instances of eight modules, each step on two engines: one on slots
//! and one in plain memory. What an instance finds must be the same in both.

use crate::engine::{self, Contender};
use crate::{program, seam};
use wasmtime::error::Context;
use wasmtime::*;

const MODULES: usize = 8;
const LIVE: usize = 12;
const STEPS: usize = 60;

struct Random(u64);

impl Random {
    fn below(&mut self, limit: u32) -> u32 {
        self.0 = self
            .0
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        ((self.0 >> 33) as u32) % limit
    }
}

/// Memories of whichever size and kind, with and without content.
fn text(random: &mut Random) -> String {
    let pages = random.below(5);
    let wide = if random.below(4) == 0 { "i64" } else { "i32" };
    let mut data = String::new();
    if pages > 0 && random.below(4) > 0 {
        for _ in 0..=random.below(3) {
            let at = random.below(pages * 65536 - 64);
            data += &format!(
                "(data ({wide}.const {at}) \"tenant {} starts here\")\n",
                random.below(1000)
            );
        }
    }
    let second = if random.below(3) == 0 {
        "(memory $b (export \"second\") 1)"
    } else {
        ""
    };
    format!(
        "(module (memory $a (export \"memory\") {wide} {pages} 40) {second} {data}
        (table 10 20 funcref)
        (func (export \"grow\") (param {wide}) (result {wide}) (memory.grow $a (local.get 0)))
        (func (export \"load\") (param {wide}) (result i32) (i32.load8_u $a (local.get 0)))
        (func (export \"store\") (param {wide}) (i64.store $a (local.get 0)
            (i64.const {}))))",
        u64::from(random.below(u32::MAX)) << 20 | 0xe5
    )
}

struct Side {
    engine: Engine,
    modules: Vec<Option<Module>>,
    live: Vec<Option<(Store<()>, Instance)>>,
}

/// An operand of the width of the module's memory.
fn operand(ty: &FuncType, value: u64) -> Val {
    match ty.param(0) {
        Some(ValType::I64) => Val::I64(value as i64),
        _ => Val::I32(value as i32),
    }
}

impl Side {
    fn new(contender: Contender) -> Result<Side> {
        Ok(Side {
            engine: engine::make(contender)?,
            modules: (0..MODULES).map(|_| None).collect(),
            live: (0..LIVE).map(|_| None).collect(),
        })
    }

    fn start(&mut self, place: usize, module: usize) -> Result<()> {
        let mut store = Store::new(&self.engine, ());
        let module = self.modules[module].as_ref().expect("a module");
        let instance = Instance::new(&mut store, module, &[])?;
        self.live[place] = Some((store, instance));
        Ok(())
    }

    fn call(&mut self, place: usize, name: &str, value: u64) -> String {
        let (store, instance) = self.live[place].as_mut().expect("an instance");
        let function = instance.get_func(&mut *store, name).expect("an export");
        let ty = function.ty(&*store);
        let mut results: Vec<Val> = ty.results().map(|_| Val::I32(0)).collect();
        match function.call(&mut *store, &[operand(&ty, value)], &mut results) {
            Ok(()) => format!("{results:?}"),
            Err(error) => match error.downcast_ref::<Trap>() {
                Some(trap) => trap.to_string(),
                None => format!("{error:#}"),
            },
        }
    }

    fn memory(&mut self, place: usize, name: &str) -> Option<(Vec<u64>, *const u8)> {
        let (store, instance) = self.live[place].as_mut()?;
        let memory = instance.get_memory(&mut *store, name)?;
        let data = memory.data(&*store);
        Some((
            data.chunks(65536).map(program::digest).collect(),
            data.as_ptr(),
        ))
    }
}

struct World {
    random: Random,
    plain: Side,
    seam: Side,
    pub instances: u64,
}

impl World {
    fn compare(&mut self, place: usize) -> Result<()> {
        for name in ["memory", "second"] {
            let plain = self.plain.memory(place, name);
            let seam = self.seam.memory(place, name);
            let same = plain.as_ref().map(|m| &m.0) == seam.as_ref().map(|m| &m.0);
            ensure!(same, "{name} of instance {place} has other content");
            if let (Some((_, plain)), Some((_, seam))) = (plain, seam) {
                ensure!(seam::query(plain).is_none(), "the plain memory is on slots");
                let info = seam::query(seam);
                ensure!(
                    info.is_some_and(|i| i.backend != 0),
                    "the memory is not on slots"
                );
            }
        }
        Ok(())
    }

    fn module_replace(&mut self, index: usize) -> Result<()> {
        let text = text(&mut self.random);
        self.plain.modules[index] = Some(Module::new(&self.plain.engine, &text)?);
        self.seam.modules[index] = Some(Module::new(&self.seam.engine, &text)?);
        Ok(())
    }

    fn call(&mut self, place: usize, name: &str, value: u64) -> Result<()> {
        let plain = self.plain.call(place, name, value);
        let seam = self.seam.call(place, name, value);
        ensure!(
            plain == seam,
            "{name}({value}): plain memory {plain}, slots {seam}"
        );
        Ok(())
    }

    fn step(&mut self) -> Result<()> {
        let place = self.random.below(LIVE as u32) as usize;
        if self.random.below(100) == 0 {
            let index = self.random.below(MODULES as u32) as usize;
            return self.module_replace(index);
        }
        if self.plain.live[place].is_none() {
            let module = self.random.below(MODULES as u32) as usize;
            self.plain.start(place, module)?;
            self.seam.start(place, module)?;
            self.instances += 1;
            return self.compare(place);
        }
        let far = u64::from(self.random.below(u32::MAX));
        match self.random.below(6) {
            0 => {
                let pages = u64::from(self.random.below(4));
                self.call(place, "grow", pages)
            }
            1 => self.call(place, "load", far),
            2 => {
                let near = far % (8 * 65536);
                self.call(place, "load", near)
            }
            3 => {
                self.compare(place)?;
                self.plain.live[place] = None;
                self.seam.live[place] = None;
                Ok(())
            }
            _ => {
                let near = far % (8 * 65536);
                self.call(place, "store", near)
            }
        }
    }
}

/// Returns the number of instances that were compared.
fn run(first: u64, count: u64) -> Result<u64> {
    let mut world = World {
        random: Random(first),
        plain: Side::new(Contender::Default)?,
        seam: Side::new(Contender::Seam)?,
        instances: 0,
    };
    for index in 0..MODULES {
        world.module_replace(index)?;
    }
    for schedule in first..first + count {
        world.random = Random(schedule);
        for step in 0..STEPS {
            world
                .step()
                .with_context(|| format!("schedule {schedule}, step {step}"))?;
        }
    }
    for place in 0..LIVE {
        world.compare(place)?;
    }
    Ok(world.instances)
}

pub fn check(schedules: u64, threads: u64, seed: u64) -> Result<()> {
    let each = schedules.div_ceil(threads);
    let mut instances = 0;
    let workers: Vec<_> = (0..threads)
        .map(|i| std::thread::spawn(move || run(seed + i * each, each)))
        .collect();
    for worker in workers {
        instances += worker.join().expect("a thread")?;
    }
    println!(
        "check: {} schedules in {threads} threads, {instances} instances, 0 mismatches",
        each * threads
    );
    Ok(())
}
