// SPDX-License-Identifier: MIT
//! A component with two databases (databases.wat): an instance has four memories, two of which
//! begin with the image of SQLite, as that of the program does which is a module.

use crate::compiled;
use crate::program::{self, Outcome, SQLITE};
use crate::wasi::Host;
use wasmtime::component::{Component, Instance, InstancePre, Lift, Linker, WasmList};
use wasmtime::component::{ComponentNamedList, Lower};
use wasmtime::*;

pub const NAME: &str = "databases";
pub const TEXT: &str = include_str!("../../modules/databases.wat");
pub const MEMORIES: u32 = 4;
const EACH: [&str; 2] = ["one", "two"];

pub struct Databases {
    ready: InstancePre<Host>,
}

pub struct Running {
    store: Store<Host>,
    instance: Instance,
}

/// What a database writes, and where in a memory it has that.
fn out(mut store: StoreContextMut<'_, Host>, (bytes,): (WasmList<u8>,)) -> Result<()> {
    let bytes = bytes.as_le_slice(&store);
    let (text, at) = (bytes.to_vec(), bytes.as_ptr() as usize);
    store.data_mut().out(&text);
    store.data_mut().written_from.push(at);
    Ok(())
}

pub fn load(engine: &Engine) -> Result<Databases> {
    let component = match std::env::var("GUARDSLOT_COMPILED") {
        // The file is what compiled::make() wrote.
        Ok(folder) => compiled::load(&folder, NAME, |path| unsafe {
            Component::deserialize_file(engine, path)
        })?,
        Err(_) => Component::new(engine, TEXT)?,
    };
    let mut linker = Linker::new(engine);
    let mut root = linker.root();
    root.module("sqlite", &program::module(engine, SQLITE, None)?)?;
    root.func_wrap("out", out)?;
    Ok(Databases {
        ready: linker.instantiate_pre(&component)?,
    })
}

impl Databases {
    pub fn instantiate(&self, engine: &Engine, seed: u32) -> Result<Running> {
        let mut store = program::store(engine, seed, &[]);
        let instance = self.ready.instantiate(&mut store)?;
        Ok(Running { store, instance })
    }
}

impl Running {
    fn call<P, R>(&mut self, database: &str, name: &str, params: P) -> Result<R>
    where
        P: ComponentNamedList + Lower,
        R: Lift + Send + Sync + 'static,
        (R,): ComponentNamedList + Lift,
    {
        let Running { store, instance } = self;
        let database = instance.get_export_index(&mut *store, None, database);
        let index = instance.get_export_index(&mut *store, database.as_ref(), name);
        let function =
            instance.get_typed_func::<P, (R,)>(&mut *store, index.expect("an export"))?;
        Ok(function.call(store, params)?.0)
    }

    /// Each database has another input, and what the first one wrote stays as it is meanwhile.
    pub fn run(&mut self, seed: u32) -> Result<Outcome> {
        for (database, seed) in EACH.into_iter().zip([seed, seed + 5]) {
            let input = program::input(SQLITE, seed);
            let result: u32 = self.call(database, "run", (input,))?;
            self.store.data_mut().out(&result.to_le_bytes());
        }
        let mut outcome = Outcome::default();
        for database in EACH {
            let digest: u64 = self.call(database, "digest", ())?;
            outcome.memory = outcome.memory.rotate_left(1) ^ digest;
        }
        outcome.digest = self.store.data().digest;
        Ok(outcome)
    }

    /// Where they wrote from.
    pub fn places(&self) -> impl Iterator<Item = usize> + '_ {
        self.store.data().written_from.iter().copied()
    }
}
