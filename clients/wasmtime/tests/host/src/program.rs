// SPDX-License-Identifier: MIT
//! The demo's programs as Wasmtime runs them: their imports, their input, and what one
//! instance gives back.

use wasmtime::*;

extern "C" {
    fn host_input(program: u32, seed: u32, buffer: *mut u8, size: usize) -> usize;
    fn host_wasm(program: u32, length: *mut usize) -> *const u8;
}

pub const NAMES: [&str; 6] = ["calc", "json", "spell", "tiles", "cjs", "trap"];
const SEEDS: [u32; 6] = [48, 32, 24, 24, 48, 42];
const CJS: usize = 4;
const TRAP: usize = 5;
const INPUT_MAX: usize = 16384;

pub struct Program {
    pub index: usize,
    pub ready: InstancePre<Host>,
}

/// What a program reads, and a digest of what it writes.
#[derive(Default)]
pub struct Host {
    input: Vec<u8>,
    at: usize,
    digest: u64,
    random: u64,
    clock: u64,
}

impl Host {
    fn out(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.digest = (self.digest ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3);
        }
    }
}

/// What an instance said, and a digest of its memory at its end.
#[derive(PartialEq, Debug, Clone)]
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

fn memory(caller: &mut Caller<'_, Host>) -> Memory {
    caller
        .get_export("memory")
        .and_then(Extern::into_memory)
        .expect("a memory")
}

fn word(data: &[u8], at: u32) -> Option<u32> {
    let at = at as usize;
    Some(u32::from_le_bytes(data.get(at..at + 4)?.try_into().ok()?))
}

fn transfer(mut caller: Caller<'_, Host>, reads: bool, vector: u32, count: u32, done: u32) -> u32 {
    let memory = memory(&mut caller);
    let (data, host) = memory.data_and_store_mut(&mut caller);
    let mut total = 0;
    for i in 0..count {
        let (Some(start), Some(length)) =
            (word(data, vector + 8 * i), word(data, vector + 8 * i + 4))
        else {
            return 21;
        };
        let Some(bytes) = data.get_mut(start as usize..start as usize + length as usize) else {
            return 21;
        };
        if reads {
            let length = bytes.len().min(host.input.len() - host.at);
            bytes[..length].copy_from_slice(&host.input[host.at..host.at + length]);
            host.at += length;
            total += length as u32;
        } else {
            host.out(bytes);
            total += length;
        }
    }
    match data.get_mut(done as usize..done as usize + 4) {
        Some(to) => to.copy_from_slice(&total.to_le_bytes()),
        None => return 21,
    }
    0
}

fn linker(engine: &Engine) -> Result<Linker<Host>> {
    const WASI: &str = "wasi_snapshot_preview1";
    let mut linker = Linker::new(engine);
    linker.func_wrap(
        WASI,
        "fd_write",
        |c: Caller<'_, Host>, fd: u32, v: u32, n: u32, d: u32| {
            if fd == 1 || fd == 2 {
                transfer(c, false, v, n, d)
            } else {
                8
            }
        },
    )?;
    linker.func_wrap(
        WASI,
        "fd_read",
        |c: Caller<'_, Host>, fd: u32, v: u32, n: u32, d: u32| {
            if fd == 0 {
                transfer(c, true, v, n, d)
            } else {
                8
            }
        },
    )?;
    linker.func_wrap(
        WASI,
        "fd_fdstat_get",
        |mut c: Caller<'_, Host>, fd: u32, at: u32| -> u32 {
            let memory = memory(&mut c);
            if fd > 2 {
                return 8;
            }
            let mut status = [0u8; 24];
            status[0] = 4;
            memory
                .write(&mut c, at as usize, &status)
                .map_or(21, |()| 0)
        },
    )?;
    linker.func_wrap(WASI, "fd_seek", |_: u32, _: i64, _: u32, _: u32| 70u32)?;
    linker.func_wrap(WASI, "fd_close", |_: u32| 0u32)?;
    linker.func_wrap(
        WASI,
        "clock_time_get",
        |mut c: Caller<'_, Host>, _: u32, _: i64, at: u32| -> u32 {
            let memory = memory(&mut c);
            c.data_mut().clock += 1_000_000;
            let now = c.data().clock.to_le_bytes();
            memory.write(&mut c, at as usize, &now).map_or(21, |()| 0)
        },
    )?;
    linker.func_wrap(
        WASI,
        "random_get",
        |mut c: Caller<'_, Host>, at: u32, length: u32| -> u32 {
            let memory = memory(&mut c);
            for i in 0..length {
                let host = c.data_mut();
                host.random = host
                    .random
                    .wrapping_mul(6364136223846793005)
                    .wrapping_add(1);
                let byte = [(host.random >> 56) as u8];
                if memory.write(&mut c, (at + i) as usize, &byte).is_err() {
                    return 21;
                }
            }
            0
        },
    )?;
    linker.func_wrap(WASI, "proc_exit", |_: u32| -> Result<()> { bail!("exit") })?;
    Ok(linker)
}

pub fn load(engine: &Engine, index: usize) -> Result<Program> {
    let module = Module::new(engine, binary(index))?;
    let ready = linker(engine)?.instantiate_pre(&module)?;
    Ok(Program { index, ready })
}

/// A store with an instance in it: what is dropped at its end.
pub struct Running {
    pub store: Store<Host>,
    pub instance: Instance,
}

impl Program {
    pub fn store(&self, engine: &Engine, seed: u32, input: &[u8]) -> Store<Host> {
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

    pub fn instantiate(&self, mut store: Store<Host>) -> Result<Running> {
        let instance = self.ready.instantiate(&mut store)?;
        Ok(Running { store, instance })
    }

    pub fn run(&self, running: &mut Running, seed: u32) -> Result<u32> {
        match self.index {
            TRAP => running.trap(seed),
            CJS => running.lexer(),
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
    fn call<P: WasmParams, R: WasmResults>(&mut self, name: &str, params: P) -> Result<R> {
        let function = self
            .instance
            .get_typed_func::<P, R>(&mut self.store, name)?;
        function.call(&mut self.store, params)
    }

    fn call0(&mut self, name: &str) -> Result<()> {
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
        let memory = self.memory();
        let need = 35920 + 4 * (source.len() as u64 + 1);
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
        let done: u32 = self.call("parseCJS", (at as u32, count, 0u32, 0u32, 0u32, 0u32, 0u32))?;
        if done == 0 {
            return self.call("e", ());
        }
        for (next, start, end) in [("rre", "res", "ree"), ("re", "es", "ee")] {
            while self.call::<(), u32>(next, ())? != 0 {
                let start = self.call::<(), u32>(start, ())? as usize;
                let end = self.call::<(), u32>(end, ())? as usize;
                self.store.data_mut().out(&source[start..end]);
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
            .map(|error| match error.downcast_ref::<Trap>() {
                Some(trap) => trap.to_string(),
                None => format!("{error:#}"),
            });
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
