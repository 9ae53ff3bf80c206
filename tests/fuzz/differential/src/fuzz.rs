// SPDX-License-Identifier: MIT
//! Random changes of modules, and whether libshim and wasmparser say the same of each.
use crate::mutate::{self, Random};
use crate::{corpus, shim, verdict};
use std::time::{Duration, Instant};

/// What differs, as a sentence.
fn difference(bytes: &[u8]) -> Option<String> {
    let ours = shim::judge(bytes);
    match (&ours, verdict::judge(bytes, verdict::read_features())) {
        (_, verdict::Verdict::Limit) => return None,
        (shim::Verdict::Valid, verdict::Verdict::Valid) => return None,
        (shim::Verdict::Valid, verdict::Verdict::Invalid(theirs)) => {
            return Some(format!("libshim takes what wasmparser refuses: {theirs}"));
        }
        (
            shim::Verdict::Unsupported(text) | shim::Verdict::Invalid(_, text),
            verdict::Verdict::Valid,
        ) => return Some(format!("libshim refuses what wasmparser takes: {text}")),
        _ => {}
    }
    // What is valid with some proposal is not malformed. The results of a tag are what 3.0 itself
    // says is invalid, and stack-switching allows.
    match (ours, verdict::judge(bytes, verdict::all_features())) {
        (shim::Verdict::Invalid(error, text), verdict::Verdict::Valid)
            if !text.ends_with("has results") =>
        {
            Some(format!("of a proposal, and error {error}: {text}"))
        }
        _ => None,
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Removes bytes of a module as long as a difference stays.
fn reduced(mut bytes: Vec<u8>) -> Vec<u8> {
    let mut at = 8;
    while at < bytes.len() {
        let mut less = bytes.clone();
        less.remove(at);
        let same_sections = mutate::with_true_lengths(&bytes, at);
        let candidates = [same_sections, Some(less)];
        match candidates
            .into_iter()
            .flatten()
            .find(|less| difference(less).is_some())
        {
            Some(less) => bytes = less,
            None => at += 1,
        }
    }
    bytes
}

/// Returns whether there was no difference.
pub fn run(seconds: u64, seed: u64, folders: &[&str]) -> bool {
    let modules = corpus::read(folders);
    let mut random = Random(seed | 1);
    let end = Instant::now() + Duration::from_secs(seconds);
    let (mut runs, mut valid, mut found) = (0u64, 0u64, Vec::new());
    println!("{} modules, seed {seed}", modules.len());
    while runs % 1024 != 0 || Instant::now() < end {
        let bytes = match modules.get(runs as usize) {
            Some(module) => module.clone(),
            None => {
                let module = &modules[random.below(modules.len())];
                mutate::mutate(
                    &mut random,
                    module,
                    &modules[(runs % modules.len() as u64) as usize],
                )
            }
        };
        runs += 1;
        valid += u64::from(matches!(shim::judge(&bytes), shim::Verdict::Valid));
        let Some(_) = difference(&bytes) else {
            continue;
        };
        let bytes = reduced(bytes);
        let Some(what) = difference(&bytes) else {
            continue;
        };
        // Places and indices make no other kind of it.
        let kind = what.replace(|c: char| c.is_ascii_hexdigit(), "");
        if !found.contains(&kind) && found.len() < 50 {
            println!("{}\n\t{what}", hex(&bytes));
            found.push(kind);
        }
    }
    println!(
        "{runs} runs, {valid} of them valid, {} kinds of differences",
        found.len()
    );
    found.is_empty()
}
