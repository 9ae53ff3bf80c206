// SPDX-License-Identifier: MIT
//! libshim's parser, as its header declares it.
use std::ffi::{c_char, c_int, c_void, CStr};
use std::ptr;

extern "C" {
    fn shim_module_parse(bytes: *const c_void, length: usize, out: *mut *mut c_void) -> c_int;
    fn shim_module_destroy(module: *mut c_void);
    fn shim_error() -> *const c_char;
}

const EOPNOTSUPP: c_int = 95;

/// What libshim says of a module.
pub enum Verdict {
    Valid,
    /// It needs a proposal that is not read.
    Unsupported(String),
    /// With the error's number.
    Invalid(c_int, String),
}

/// A module, which is destroyed when it goes out of scope.
pub struct Module(*mut c_void);

impl Drop for Module {
    fn drop(&mut self) {
        unsafe { shim_module_destroy(self.0) }
    }
}

pub fn parse(bytes: &[u8]) -> Result<Module, Verdict> {
    let mut module = ptr::null_mut();
    let error = unsafe { shim_module_parse(bytes.as_ptr().cast(), bytes.len(), &mut module) };
    if error == 0 {
        return Ok(Module(module));
    }
    let text = unsafe { CStr::from_ptr(shim_error()) };
    let text = text.to_string_lossy().into_owned();
    Err(match -error {
        EOPNOTSUPP => Verdict::Unsupported(text),
        error => Verdict::Invalid(error, text),
    })
}

pub fn judge(bytes: &[u8]) -> Verdict {
    parse(bytes).map_or_else(|verdict| verdict, |_| Verdict::Valid)
}
