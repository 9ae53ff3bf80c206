// SPDX-License-Identifier: MIT
//! Modules that another machine has compiled, for one that is emulated and would take minutes.
//! That is for the x86-64-v2 processors, so that the features of the two do not matter.
//! GUARDSLOT_COMPILED in the environment is the folder.

use crate::engine::{self, Contender};
use crate::{creator, databases, program};
use wasmtime::*;

/// What the settings of an engine have to do with code: its guard, and whether it has a pool.
const KINDS: [(&str, Contender); 3] = [
    ("seam", Contender::Seam),
    ("plain", Contender::Default),
    ("creator", Contender::Creator),
];

const FEATURES: [&str; 5] = [
    "has_sse3",
    "has_ssse3",
    "has_sse41",
    "has_sse42",
    "has_popcnt",
];

fn path(folder: &str, name: &str, kind: &str) -> String {
    format!("{folder}/{name}-{kind}.cwasm")
}

pub fn make(folder: &str) -> Result<()> {
    std::fs::create_dir_all(folder)?;
    for (kind, contender) in KINDS {
        let mut config = engine::config(contender, 1)?;
        config.target("x86_64-unknown-linux-gnu")?;
        for feature in FEATURES {
            unsafe { config.cranelift_flag_enable(feature) };
        }
        let engine = Engine::new(&config)?;
        for index in 0..program::NAMES.len() {
            let binary = program::binary(index);
            let image = creator::image(binary)?;
            let code = engine.precompile_module(image.map_or(binary, |image| image.bytes()))?;
            std::fs::write(path(folder, program::NAMES[index], kind), code)?;
        }
        let code = engine.precompile_component(databases::TEXT.as_bytes())?;
        std::fs::write(path(folder, databases::NAME, kind), code)?;
    }
    Ok(())
}

/// Of the kind that the engine takes: the files of others are refused.
pub fn load<T>(folder: &str, name: &str, read: impl Fn(String) -> Result<T>) -> Result<T> {
    let mut refused = None;
    for (kind, _) in KINDS {
        match read(path(folder, name, kind)) {
            Ok(code) => return Ok(code),
            Err(error) => refused = Some(error),
        }
    }
    Err(refused.expect("a kind"))
}
