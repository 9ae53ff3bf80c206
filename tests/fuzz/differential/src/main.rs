// SPDX-License-Identifier: MIT
//! libshim's parser beside wasmparser.
mod corpus;
mod fuzz;
mod mutate;
mod shim;
mod structure;
mod verdict;

use std::process::exit;

/// callgrind counts the instructions of these, with --toggle-collect=NAME.
#[no_mangle]
#[inline(never)]
pub extern "C" fn read_by_wasmparser(bytes: &&[u8]) -> u64 {
    structure::read(bytes).unwrap_or_else(|error| panic!("wasmparser: {error}"))
}

#[no_mangle]
#[inline(never)]
pub extern "C" fn read_by_libshim(bytes: &&[u8]) -> bool {
    shim::parse(bytes).is_ok()
}

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["read", by, path] => {
            let bytes = std::fs::read(path).expect(path);
            match by {
                "wasmparser" => println!("{}", read_by_wasmparser(&&bytes[..])),
                _ => println!("{}", read_by_libshim(&&bytes[..])),
            }
        }
        ["fuzz", seconds, seed, ref folders @ ..] if !folders.is_empty() => {
            let seconds = seconds.parse().expect("seconds");
            let seed = seed.parse().expect("a seed");
            if !fuzz::run(seconds, seed, folders) {
                exit(1);
            }
        }
        _ => {
            eprintln!("usage: differential read wasmparser|libshim FILE");
            eprintln!("       differential fuzz SECONDS SEED FOLDER...");
            exit(2);
        }
    }
}
