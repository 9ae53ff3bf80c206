// SPDX-License-Identifier: MIT
//! WebAssembly's test suite on two engines, one on slots and one in plain memory. Not what the
//! suite expects is compared, which is Wasmtime's own matter, but what the two come to: each
//! result, trap and error, and the memories that are exported.
//!
//! All files run on the same engines, some times over, so that slots were dirtied by other modules.
//! Threads take the files in turn.

use crate::engine::{self, Contender};
use crate::{program, seam};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use wasmtime::*;
use wast::core::{V128Const, WastArgCore};
use wast::{parser, WastArg, WastDirective, WastExecute, WastInvoke, Wat};

/// No file has as many memories at a time, and all of them have many more, so that slots are used
/// again.
const SLOTS_A_THREAD: u32 = 40;

const SPECTEST: &str = r#"(module
    (func (export "print")) (func (export "print_i32") (param i32))
    (func (export "print_i64") (param i64)) (func (export "print_f32") (param f32))
    (func (export "print_f64") (param f64)) (func (export "print_i32_f32") (param i32 f32))
    (func (export "print_f64_f64") (param f64 f64))
    (global (export "global_i32") i32 (i32.const 666))
    (global (export "global_i64") i64 (i64.const 666))
    (global (export "global_f32") f32 (f32.const 666.6))
    (global (export "global_f64") f64 (f64.const 666.6))
    (table (export "table") 10 20 funcref) (memory (export "memory") 1 2))"#;

struct Side<'e> {
    engine: &'e Engine,
    store: Store<()>,
    linker: Linker<()>,
    named: HashMap<String, Instance>,
    last: Option<Instance>,
}

/// A value without what differs from process to process.
fn show(value: &Val) -> String {
    match value {
        Val::FuncRef(f) => format!("func {}", f.is_some()),
        Val::ExternRef(e) => format!("extern {}", e.is_some()),
        Val::AnyRef(a) => format!("any {}", a.is_some()),
        other => format!("{other:?}"),
    }
}

fn failure(error: &Error) -> String {
    match error.downcast_ref::<Trap>() {
        Some(trap) => format!("trap {trap}"),
        None => format!("error {error}"),
    }
}

fn argument(arg: &WastArg<'_>, ty: Option<ValType>) -> Option<Val> {
    let WastArg::Core(core) = arg else {
        return None;
    };
    Some(match core {
        WastArgCore::I32(value) => Val::I32(*value),
        WastArgCore::I64(value) => Val::I64(*value),
        WastArgCore::F32(value) => Val::F32(value.bits),
        WastArgCore::F64(value) => Val::F64(value.bits),
        WastArgCore::V128(value) => Val::V128(wide(value)),
        WastArgCore::RefNull(_) => Val::null_ref(ty?.as_ref()?.heap_type()),
        _ => return None,
    })
}

fn wide(value: &V128Const) -> V128 {
    u128::from_le_bytes(value.to_le_bytes()).into()
}

impl<'e> Side<'e> {
    fn new(engine: &'e Engine) -> Result<Self> {
        let mut store = Store::new(engine, ());
        let mut linker = Linker::new(engine);
        linker.allow_shadowing(true);
        let instance = Instance::new(&mut store, &Module::new(engine, SPECTEST)?, &[])?;
        linker.instance(&mut store, "spectest", instance)?;
        Ok(Side {
            engine,
            store,
            linker,
            named: HashMap::new(),
            last: None,
        })
    }

    fn instance_of(&self, name: Option<&str>) -> Option<Instance> {
        match name {
            Some(name) => self.named.get(name).copied(),
            None => self.last,
        }
    }

    fn instantiate(&mut self, binary: &[u8], name: Option<&str>) -> String {
        let module = match Module::new(self.engine, binary) {
            Ok(module) => module,
            Err(error) => return failure(&error),
        };
        match self.linker.instantiate(&mut self.store, &module) {
            Ok(instance) => {
                self.last = Some(instance);
                if let Some(name) = name {
                    self.named.insert(name.into(), instance);
                }
                "instance".into()
            }
            Err(error) => failure(&error),
        }
    }

    fn invoke(&mut self, invoke: &WastInvoke<'_>) -> String {
        let instance = self.instance_of(invoke.module.as_ref().map(|id| id.name()));
        let function = instance.and_then(|i| i.get_func(&mut self.store, invoke.name));
        let Some(function) = function else {
            return "no function".into();
        };
        let ty = function.ty(&self.store);
        let values: Option<Vec<_>> = invoke
            .args
            .iter()
            .enumerate()
            .map(|(i, arg)| argument(arg, ty.param(i)))
            .collect();
        let Some(values) = values else {
            return "not done".into();
        };
        let mut results: Vec<Val> = ty.results().map(|_| Val::I32(0)).collect();
        match function.call(&mut self.store, &values, &mut results) {
            Ok(()) => results.iter().map(show).collect::<Vec<_>>().join(" "),
            Err(error) => failure(&error),
        }
    }

    fn execute(&mut self, execute: &mut WastExecute<'_>) -> String {
        match execute {
            WastExecute::Invoke(invoke) => self.invoke(invoke),
            WastExecute::Wat(Wat::Module(module)) => match module.encode() {
                Ok(binary) => self.instantiate(&binary, None),
                Err(error) => error.message(),
            },
            WastExecute::Get { module, global, .. } => {
                let instance = self.instance_of(module.as_ref().map(|id| id.name()));
                match instance.and_then(|i| i.get_global(&mut self.store, global)) {
                    Some(global) => show(&global.get(&mut self.store)),
                    None => "no global".into(),
                }
            }
            _ => "not done".into(),
        }
    }

    fn step(&mut self, directive: &mut WastDirective<'_>) -> String {
        match directive {
            WastDirective::Module(module) => {
                let name = module.name().map(|id| id.name().to_string());
                match module.encode() {
                    Ok(binary) => self.instantiate(&binary, name.as_deref()),
                    Err(error) => error.message(),
                }
            }
            WastDirective::Register { name, module, .. } => {
                let instance = self.instance_of(module.as_ref().map(|id| id.name()));
                let Some(instance) = instance else {
                    return "no instance".into();
                };
                match self.linker.instance(&mut self.store, name, instance) {
                    Ok(_) => "registered".into(),
                    Err(error) => failure(&error),
                }
            }
            WastDirective::Invoke(invoke) => self.invoke(invoke),
            WastDirective::AssertExhaustion { call, .. } => self.invoke(call),
            WastDirective::AssertTrap { exec, .. }
            | WastDirective::AssertReturn { exec, .. }
            | WastDirective::AssertException { exec, .. } => self.execute(exec),
            WastDirective::AssertUnlinkable {
                module: Wat::Module(module),
                ..
            } => match module.encode() {
                Ok(binary) => self.instantiate(&binary, None),
                Err(error) => error.message(),
            },
            _ => "not done".into(),
        }
    }

    /// Digests of the memories that the last instance exports, and their addresses.
    fn memories(&mut self) -> Vec<(u64, *const u8)> {
        let Some(instance) = self.last else {
            return Vec::new();
        };
        let memories: Vec<Memory> = instance
            .exports(&mut self.store)
            .filter_map(|e| e.into_memory())
            .collect();
        memories
            .iter()
            .map(|m| {
                (
                    program::digest(m.data(&self.store)),
                    m.data_ptr(&self.store).cast_const(),
                )
            })
            .collect()
    }
}

#[derive(Default)]
struct Counts {
    files: u64,
    unread: u64,
    steps: u64,
    memories: u64,
    mismatches: u64,
}

impl Counts {
    fn add(&mut self, other: &Counts) {
        self.files += other.files;
        self.unread += other.unread;
        self.steps += other.steps;
        self.memories += other.memories;
        self.mismatches += other.mismatches;
    }
}

fn compare(plain: &mut Side<'_>, slots: &mut Side<'_>, place: &str, counts: &mut Counts) {
    let (one, two) = (plain.memories(), slots.memories());
    let same = one.iter().map(|m| m.0).eq(two.iter().map(|m| m.0));
    if !same {
        println!("{place}: a memory has other content");
        counts.mismatches += 1;
    }
    for (one, two) in one.iter().zip(&two) {
        counts.memories += 1;
        // A memory without accessible bytes is in a slot, too.
        let on_slots = seam::query(two.1).is_some_and(|info| info.backend != 0);
        if seam::query(one.1).is_some() || !on_slots {
            println!("{place}: a memory is in the wrong place");
            counts.mismatches += 1;
        }
    }
}

/// Directives are parsed once for each side, as encoding changes them.
fn file_run(path: &Path, engines: &[Engine; 2], counts: &mut Counts) -> Result<()> {
    let text = std::fs::read_to_string(path)?;
    let mut lexed = wast::lexer::Lexer::new(&text);
    lexed.allow_confusing_unicode(true);
    let Ok(buffers) = [0, 1]
        .map(|_| parser::ParseBuffer::new_with_lexer(lexed.clone()))
        .into_iter()
        .collect::<std::result::Result<Vec<_>, _>>()
    else {
        counts.unread += 1;
        return Ok(());
    };
    let (Ok(mut one), Ok(mut two)) = (
        parser::parse::<wast::Wast>(&buffers[0]),
        parser::parse::<wast::Wast>(&buffers[1]),
    ) else {
        counts.unread += 1;
        return Ok(());
    };
    let mut plain = Side::new(&engines[0])?;
    let mut slots = Side::new(&engines[1])?;
    counts.files += 1;
    for (a, b) in one.directives.iter_mut().zip(&mut two.directives) {
        let line = a.span().linecol_in(&text).0 + 1;
        let place = format!("{}:{line}", path.display());
        let (want, got) = (plain.step(a), slots.step(b));
        if want == "not done" {
            continue;
        }
        counts.steps += 1;
        if want != got {
            println!("{place}: plain memory {want}, slots {got}");
            counts.mismatches += 1;
        }
        compare(&mut plain, &mut slots, &place, counts);
    }
    Ok(())
}

fn files_find(folder: &Path, found: &mut Vec<PathBuf>) -> Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            files_find(&path, found)?;
        } else if path.extension().is_some_and(|e| e == "wast") {
            found.push(path);
        }
    }
    Ok(())
}

/// What is left of the files is shared by all threads.
fn worker<'f>(
    files: &Mutex<impl Iterator<Item = &'f PathBuf>>,
    engines: &[Engine; 2],
) -> Result<Counts> {
    let mut counts = Counts::default();
    loop {
        let next = files.lock().expect("no panic").next();
        let Some(file) = next else {
            return Ok(counts);
        };
        file_run(file, engines, &mut counts)?;
    }
}

pub fn run(folder: &str, threads: u32, passes: u32) -> Result<()> {
    let slots = threads * SLOTS_A_THREAD;
    let engines = [
        engine::make_with(Contender::Default, slots)?,
        engine::make_with(Contender::Seam, slots)?,
    ];
    let mut found = Vec::new();
    files_find(Path::new(folder), &mut found)?;
    found.sort();
    let files = Mutex::new((0..passes).flat_map(|_| &found));
    let mut counts = Counts::default();
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads)
            .map(|_| scope.spawn(|| worker(&files, &engines)))
            .collect();
        for worker in workers {
            counts.add(&worker.join().expect("a thread")?);
        }
        Ok::<(), Error>(())
    })?;
    println!(
        "spec: {} files in {threads} threads, and {} that the parser does not read, \
         {} directives and {} memories compared, {} mismatches",
        counts.files, counts.unread, counts.steps, counts.memories, counts.mismatches
    );
    ensure!(
        counts.mismatches == 0 && counts.steps > 0,
        "slots are not as plain memory"
    );
    Ok(())
}
