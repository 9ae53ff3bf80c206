// SPDX-License-Identifier: MIT
//! The modules that are changed: files of the fuzzer's corpus, and what is in the text of the
//! specification's tests.
use std::path::Path;
use wast::lexer::Lexer;
use wast::parser::{self, ParseBuffer};
use wast::{Wast, WastDirective};

/// Longer ones take long, and have nothing in their structure that short ones lack.
const LONGEST: usize = 4096;

fn modules_of_text(text: &str) -> Vec<Vec<u8>> {
    let mut lexer = Lexer::new(text);
    lexer.allow_confusing_unicode(true);
    let Ok(buffer) = ParseBuffer::new_with_lexer(lexer) else {
        return Vec::new();
    };
    let Ok(wast) = parser::parse::<Wast>(&buffer) else {
        return Vec::new();
    };
    let modules = wast
        .directives
        .into_iter()
        .filter_map(|directive| match directive {
            WastDirective::Module(mut module)
            | WastDirective::ModuleDefinition(mut module)
            | WastDirective::AssertMalformed { mut module, .. }
            | WastDirective::AssertInvalid { mut module, .. } => module.encode().ok(),
            _ => None,
        });
    modules.collect()
}

fn folder_read(folder: &Path, modules: &mut Vec<Vec<u8>>) {
    let entries = std::fs::read_dir(folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
    let mut paths: Vec<_> = entries
        .map(|entry| entry.expect("an entry").path())
        .collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            folder_read(&path, modules);
            continue;
        }
        let bytes = std::fs::read(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        if path.extension().is_some_and(|ending| ending == "wast") {
            modules.extend(modules_of_text(&String::from_utf8_lossy(&bytes)));
        } else {
            modules.push(bytes);
        }
    }
}

pub fn read(folders: &[&str]) -> Vec<Vec<u8>> {
    let mut modules = Vec::new();
    for folder in folders {
        folder_read(Path::new(folder), &mut modules);
    }
    modules.retain(|module| module.len() <= LONGEST);
    modules.sort();
    modules.dedup();
    modules
}
