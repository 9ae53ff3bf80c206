// SPDX-License-Identifier: MIT
//! The part of WASI that the programs import: all that differs from run to run comes from
//! the seed, and nothing of the machine's files is there.

use wasmtime::*;

/// What a program reads, and a digest of what it writes.
#[derive(Default)]
pub struct Host {
    pub input: Vec<u8>,
    pub at: usize,
    pub digest: u64,
    pub random: u64,
    pub clock: u64,
    /// Addresses in memories of a component, which has no other way to tell them.
    pub written_from: Vec<usize>,
}

impl Host {
    pub fn out(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.digest = (self.digest ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3);
        }
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

const WASI: &str = "wasi_snapshot_preview1";

fn put(caller: &mut Caller<'_, Host>, at: u32, bytes: &[u8]) -> u32 {
    memory(caller)
        .write(caller, at as usize, bytes)
        .map_or(21, |()| 0)
}

/// What a program asks for when it starts: there are no arguments, variables and folders.
fn link_start(linker: &mut Linker<Host>) -> Result<()> {
    for name in ["args_sizes_get", "environ_sizes_get"] {
        linker.func_wrap(
            WASI,
            name,
            |mut c: Caller<'_, Host>, count: u32, size: u32| {
                put(&mut c, count, &[0; 4]) | put(&mut c, size, &[0; 4])
            },
        )?;
    }
    for name in ["args_get", "environ_get"] {
        linker.func_wrap(WASI, name, |_: u32, _: u32| 0u32)?;
    }
    linker.func_wrap(WASI, "fd_prestat_get", |_: u32, _: u32| 8u32)?;
    linker.func_wrap(WASI, "fd_fdstat_set_flags", |_: u32, _: u32| 0u32)?;
    Ok(())
}

/// Waiting is over at once: the first of the subscriptions has happened, a second later.
fn link_wait(linker: &mut Linker<Host>) -> Result<()> {
    linker.func_wrap(WASI, "sched_yield", || 0u32)?;
    linker.func_wrap(
        WASI,
        "poll_oneoff",
        |mut c: Caller<'_, Host>, subscriptions: u32, events: u32, _: u32, count: u32| {
            let mut event = [0u8; 32];
            let memory = memory(&mut c);
            c.data_mut().clock += 1_000_000_000;
            if memory
                .read(&c, subscriptions as usize, &mut event[..8])
                .is_err()
            {
                return 21;
            }
            put(&mut c, events, &event) | put(&mut c, count, &1u32.to_le_bytes())
        },
    )?;
    Ok(())
}

/// The XML parser calls its host for each event, with where it is described.
fn link_events(linker: &mut Linker<Host>) -> Result<()> {
    linker.func_wrap(
        "env",
        "event_listener",
        |mut c: Caller<'_, Host>, event: u32, at: u32| -> Result<()> {
            let memory = memory(&mut c);
            let mut bytes = [0u8; 32];
            memory.read(&c, at as usize, &mut bytes)?;
            c.data_mut().out(&event.to_le_bytes());
            c.data_mut().out(&bytes);
            Ok(())
        },
    )?;
    Ok(())
}

/// All of WASI that a module imports is there; what is not below is not supported.
pub fn linker(engine: &Engine, module: &Module) -> Result<Linker<Host>> {
    let mut linker = Linker::new(engine);
    linker.allow_shadowing(true);
    for import in module.imports().filter(|import| import.module() == WASI) {
        if let ExternType::Func(ty) = import.ty() {
            linker.func_new(WASI, import.name(), ty, |_, _, results| {
                results.fill(Val::I32(52));
                Ok(())
            })?;
        }
    }
    link_start(&mut linker)?;
    link_wait(&mut linker)?;
    link_events(&mut linker)?;
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
