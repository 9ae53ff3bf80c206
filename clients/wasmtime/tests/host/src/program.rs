// SPDX-License-Identifier: MIT
//! Programs as Wasmtime runs them: their input, and what one instance gives back.

use crate::wasi::{self, Host};
use crate::{compiled, creator, real};
use wasmtime::*;

extern "C" {
    fn host_input(program: u32, seed: u32, buffer: *mut u8, size: usize) -> usize;
    fn host_wasm(program: u32, length: *mut usize) -> *const u8;
}

/// The demo's, then those of others, of which the first ones are the benchmark's too.
pub const NAMES: [&str; 10] = [
    "calc", "json", "spell", "tiles", "cjs", "trap", "sqlite", "quickjs", "sax", "redact",
];
pub const OF_DEMO: usize = 6;
pub const OF_BENCH: usize = 8;
const SEEDS: [u32; 10] = [48, 32, 24, 24, 48, 42, 24, 24, 24, 24];
const CJS: usize = 4;
const TRAP: usize = 5;
pub const SQLITE: usize = 6;
const QUICKJS: usize = 7;
const SAX: usize = 8;
const REDACT: usize = 9;
const INPUT_MAX: usize = 16384;

pub struct Program {
    pub index: usize,
    pub ready: InstancePre<Host>,
    image: Option<creator::Image>,
}

/// What an instance said, and a digest of its memory at its end.
#[derive(Default, PartialEq, Debug, Clone)]
pub struct Outcome {
    pub digest: u64,
    pub pages: u64,
    pub memory: u64,
    pub trap: Option<String>,
}

pub fn seeds(index: usize) -> u32 {
    SEEDS[index]
}

pub fn input(index: usize, seed: u32) -> Vec<u8> {
    match index {
        SQLITE => return real::sqlite_input(seed),
        QUICKJS => return real::quickjs_input(seed),
        SAX => return real::sax_input(seed),
        REDACT => return real::redact_input(seed),
        _ => {}
    }
    let mut buffer = vec![0u8; INPUT_MAX];
    let length = unsafe { host_input(index as u32, seed, buffer.as_mut_ptr(), INPUT_MAX) };
    buffer.truncate(length);
    buffer
}

pub fn binary(index: usize) -> &'static [u8] {
    let mut length = 0;
    unsafe {
        let start = host_wasm(index as u32, &mut length);
        std::slice::from_raw_parts(start, length)
    }
}

/// What the creator has in an image is not in the module.
pub fn module(engine: &Engine, index: usize, image: Option<creator::Image>) -> Result<Module> {
    match std::env::var("GUARDSLOT_COMPILED") {
        // The file is what compiled::make() wrote.
        Ok(folder) => compiled::load(&folder, NAMES[index], |path| unsafe {
            Module::deserialize_file(engine, path)
        }),
        Err(_) => Module::new(engine, image.map_or(binary(index), |image| image.bytes())),
    }
}

pub fn load(engine: &Engine, index: usize) -> Result<Program> {
    let image = creator::image(binary(index))?;
    let module = module(engine, index, image)?;
    let ready = wasi::linker(engine, &module)?.instantiate_pre(&module)?;
    Ok(Program {
        index,
        ready,
        image,
    })
}

/// A store with an instance in it: what is dropped at its end.
pub struct Running {
    pub store: Store<Host>,
    pub instance: Instance,
}

pub fn store(engine: &Engine, seed: u32, input: &[u8]) -> Store<Host> {
    Store::new(
        engine,
        Host {
            input: input.to_vec(),
            digest: 0xcbf2_9ce4_8422_2325,
            random: u64::from(seed) + 1,
            ..Host::default()
        },
    )
}

impl Program {
    pub fn instantiate(&self, mut store: Store<Host>) -> Result<Running> {
        let instance = match self.image {
            Some(image) => image.scope(|| self.ready.instantiate(&mut store))?,
            None => self.ready.instantiate(&mut store)?,
        };
        Ok(Running { store, instance })
    }

    /// A program may trap. That it cannot be called is a fault of the host.
    pub fn run(&self, running: &mut Running, seed: u32) -> Result<u32> {
        let result = self.call(running, seed);
        if let Err(error) = &result {
            let is_trap = error.downcast_ref::<Trap>().is_some();
            assert!(is_trap, "{}: {error:#}", NAMES[self.index]);
        }
        result
    }

    fn call(&self, running: &mut Running, seed: u32) -> Result<u32> {
        match self.index {
            TRAP => running.trap(seed),
            CJS => running.lexer(),
            QUICKJS => running.quickjs(),
            SAX => running.sax(),
            REDACT => running.redact(),
            _ => {
                running.call0("_initialize")?;
                running.call0("setup")?;
                running.call::<(), u32>("run", ())
            }
        }
    }
}

/// Operation, operand and pages to grow by: whichever distance it has from the memory's end.
const TRAPS: [(&str, u32, u32); 21] = [
    ("load8", 0, 0),
    ("load8", 65535, 0),
    ("load8", 65536, 0),
    ("load32", 65533, 0),
    ("load64", 65529, 0),
    ("store8", 65536, 0),
    ("store32", 65534, 0),
    ("store64", 65535, 0),
    ("load8", 131072, 0),
    ("store8", 64 * 65536, 0),
    ("load32", 0x4000_0000, 0),
    ("load8", u32::MAX, 0),
    ("store8", u32::MAX, 0),
    ("load8_far", 0, 0),
    ("store8_far", 1, 0),
    ("load64_far", 0x4000_0000, 0),
    ("store64_far", u32::MAX, 0),
    ("store8", 65536, 1),
    ("store8", 131072, 1),
    ("load32", 32 * 65536, 31),
    ("fill", 65473, 0),
];

impl Running {
    pub fn call<P: WasmParams, R: WasmResults>(&mut self, name: &str, params: P) -> Result<R> {
        let function = self
            .instance
            .get_typed_func::<P, R>(&mut self.store, name)?;
        function.call(&mut self.store, params)
    }

    pub fn call0(&mut self, name: &str) -> Result<()> {
        self.call::<(), ()>(name, ())
    }

    /// A call of whichever type, with 32-bit operands.
    fn call_any(&mut self, name: &str, operand: u32) -> Result<u32> {
        let function = self
            .instance
            .get_func(&mut self.store, name)
            .expect("an export");
        let ty = function.ty(&self.store);
        let params: Vec<Val> = ty.params().map(|_| Val::I32(operand as i32)).collect();
        let mut results: Vec<Val> = ty.results().map(|_| Val::I32(0)).collect();
        function.call(&mut self.store, &params, &mut results)?;
        Ok(match results.first() {
            Some(Val::I32(value)) => *value as u32,
            Some(Val::I64(value)) => *value as u32,
            _ => 0,
        })
    }

    fn trap(&mut self, seed: u32) -> Result<u32> {
        let (operation, operand, grow) = TRAPS[(seed / 2) as usize % TRAPS.len()];
        self.call0("setup")?;
        let mark = self.call_any("mark", seed + 1)?;
        self.store.data_mut().out(&mark.to_le_bytes());
        if grow > 0 {
            self.call_any("grow", grow)?;
        }
        self.call_any(operation, operand)
    }

    fn lexer(&mut self) -> Result<u32> {
        let source = self.store.data().input.clone();
        self.call0("_initialize")?;
        let base = self.instance.get_global(&mut self.store, "__heap_base");
        let base = base.expect("a base").get(&mut self.store).unwrap_i32() as u64;
        let memory = self.memory();
        let need = base + 4 * (source.len() as u64 + 1);
        let size = memory.data_size(&self.store) as u64;
        if need > size {
            memory.grow(&mut self.store, (need - size).div_ceil(65536))?;
        }
        let at = self.call::<u32, u32>("sa", source.len() as u32 + 1)? as usize;
        let wide: Vec<u8> = source
            .iter()
            .chain(&[0])
            .flat_map(|byte| [*byte, 0])
            .collect();
        memory.write(&mut self.store, at, &wide)?;
        let count = source.len() as u32;
        let done: u32 = self.call("parseCJS", (at as u32, count, 0u32, 0u32, 0u32, 0u32))?;
        if done == 0 {
            return self.call("e", ());
        }
        for (next, start, end) in [
            ("rre", "res", "ree"),
            ("ru", "us", "ue"),
            ("re", "es", "ee"),
        ] {
            while self.call::<(), u32>(next, ())? != 0 {
                let start = self.call::<(), u32>(start, ())? as usize;
                let end = self.call::<(), u32>(end, ())? as usize;
                if let Some(found) = source.get(start..end) {
                    self.store.data_mut().out(found);
                }
            }
        }
        Ok(0)
    }

    pub fn memory(&mut self) -> Memory {
        self.instance
            .get_memory(&mut self.store, "memory")
            .expect("a memory")
    }

    /// What the instance has come to.
    pub fn outcome(&mut self, result: Result<u32>) -> Outcome {
        let memory = self.memory();
        let trap = result
            .as_ref()
            .err()
            .and_then(|error| error.downcast_ref::<Trap>())
            .map(Trap::to_string);
        self.store
            .data_mut()
            .out(&result.unwrap_or(0).to_le_bytes());
        Outcome {
            digest: self.store.data().digest,
            pages: memory.size(&self.store),
            memory: digest(memory.data(&self.store)),
            trap,
        }
    }
}

pub fn digest(bytes: &[u8]) -> u64 {
    let mut digest = bytes.len() as u64;
    for word in bytes.chunks_exact(8) {
        let word = u64::from_le_bytes(word.try_into().expect("8 bytes"));
        digest = (digest ^ word)
            .wrapping_mul(0x9e37_79b9_7f4a_7c15)
            .rotate_left(29);
    }
    digest
}
