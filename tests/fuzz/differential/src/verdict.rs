// SPDX-License-Identifier: MIT
//! wasmparser's verdict of a module's structure: all but the instructions of bodies.
use wasmparser::{Parser, Payload, Validator, WasmFeatures};

const END: u8 = 0x0b;

pub enum Verdict {
    Valid,
    Invalid(String),
    /// One of wasmparser's own limits, which the specification does not have.
    Limit,
}

/// What libshim reads.
pub fn read_features() -> WasmFeatures {
    WasmFeatures::WASM3
}

/// With every proposal that there is for modules.
pub fn all_features() -> WasmFeatures {
    WasmFeatures::all()
}

fn is_limit(message: &str) -> bool {
    [
        "exceeds limit",
        "out of bounds",
        "size is too",
        "too many",
        "type size",
        "effective",
    ]
    .iter()
    .any(|part| message.contains(part))
}

/// libshim looks at the last byte of a body, so that has to be an end here, too.
fn has_end(body: &[u8]) -> bool {
    body.len() >= 2 && body[body.len() - 1] == END
}

pub fn judge(bytes: &[u8], features: WasmFeatures) -> Verdict {
    let mut validator = Validator::new_with_features(features);
    let mut parser = Parser::new(0);
    parser.set_features(features);
    for payload in parser.parse_all(bytes) {
        let result = payload.and_then(|payload| {
            validator.payload(&payload)?;
            Ok(payload)
        });
        match result {
            Ok(Payload::CodeSectionEntry(body)) if !has_end(body.as_bytes()) => {
                return Verdict::Invalid("a body without end".to_string());
            }
            Ok(_) => {}
            Err(error) if is_limit(error.message()) => return Verdict::Limit,
            Err(error) => return Verdict::Invalid(error.to_string()),
        }
    }
    Verdict::Valid
}
