// SPDX-License-Identifier: MIT
//! wasmparser's structural read: every section and every item of it, and no instruction of
//! a function's body.
use wasmparser::{
    BinaryReaderError, ConstExpr, DataKind, ElementItems, ElementKind, Parser, Payload,
};

/// Reads the operators of a constant expression.
fn expr_read(expr: ConstExpr) -> Result<u64, BinaryReaderError> {
    let mut count = 0;
    for operator in expr.get_operators_reader() {
        operator?;
        count += 1;
    }
    Ok(count)
}

fn elements_read(items: ElementItems) -> Result<u64, BinaryReaderError> {
    let mut sum = 0;
    match items {
        ElementItems::Functions(functions) => {
            for function in functions {
                sum += u64::from(function?);
            }
        }
        ElementItems::Expressions(_, exprs) => {
            for expr in exprs {
                sum += expr_read(expr?)?;
            }
        }
    }
    Ok(sum)
}

fn payload_read(payload: Payload) -> Result<u64, BinaryReaderError> {
    let mut sum = 0;
    match payload {
        Payload::TypeSection(groups) => {
            for group in groups {
                sum += group?.types().len() as u64;
            }
        }
        Payload::ImportSection(imports) => {
            for import in imports.into_imports() {
                sum += import?.name.len() as u64;
            }
        }
        Payload::FunctionSection(functions) => {
            for function in functions {
                sum += u64::from(function?);
            }
        }
        Payload::TableSection(tables) => {
            for table in tables {
                sum += table?.ty.initial;
            }
        }
        Payload::MemorySection(memories) => {
            for memory in memories {
                sum += memory?.initial;
            }
        }
        Payload::TagSection(tags) => {
            for tag in tags {
                sum += u64::from(tag?.func_type_idx);
            }
        }
        Payload::GlobalSection(globals) => {
            for global in globals {
                sum += expr_read(global?.init_expr)?;
            }
        }
        Payload::ExportSection(exports) => {
            for export in exports {
                sum += export?.name.len() as u64;
            }
        }
        Payload::ElementSection(segments) => {
            for segment in segments {
                let segment = segment?;
                if let ElementKind::Active { offset_expr, .. } = segment.kind {
                    sum += expr_read(offset_expr)?;
                }
                sum += elements_read(segment.items)?;
            }
        }
        Payload::DataSection(segments) => {
            for segment in segments {
                let segment = segment?;
                if let DataKind::Active { offset_expr, .. } = segment.kind {
                    sum += expr_read(offset_expr)?;
                }
                sum += segment.data.len() as u64;
            }
        }
        Payload::CodeSectionEntry(body) => sum += body.as_bytes().len() as u64,
        _ => {}
    }
    Ok(sum)
}

/// Returns a sum of what was read, so that none of it is left out.
pub fn read(bytes: &[u8]) -> Result<u64, BinaryReaderError> {
    let mut sum = 0u64;
    for payload in Parser::new(0).parse_all(bytes) {
        sum = sum.wrapping_add(payload_read(payload?)?);
    }
    Ok(sum)
}
