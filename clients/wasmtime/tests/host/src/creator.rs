// SPDX-License-Identifier: MIT
//! The creator as a contender: guardslot-wasmtime.h, behind Wasmtime's trait for memories. A
//! process has one pool of it.

use crate::engine::{BATCH, SLOTS};
use std::ffi::{c_char, c_int, c_void, CStr};
use std::mem::size_of;
use std::ptr::{null, null_mut};
use std::sync::{Arc, OnceLock};
use wasmtime::*;

#[repr(C)]
struct PoolConfig {
    size: u32,
    backend: u32,
    slots: u32,
    reset_batch: u32,
    reservation: u64,
    guard: u64,
    keep_resident: u64,
    error_new: extern "C" fn(*const c_char) -> *mut String,
}

#[repr(C)]
struct RawMemory {
    env: *mut c_void,
    get: Option<extern "C" fn(*mut c_void, *mut usize, *mut usize) -> *mut u8>,
    grow: Option<extern "C" fn(*mut c_void, usize) -> *mut String>,
    end: Option<extern "C" fn(*mut c_void)>,
}

type NewMemory = extern "C" fn(
    *mut c_void,
    *const c_void,
    usize,
    usize,
    usize,
    usize,
    *mut RawMemory,
) -> *mut String;

#[repr(C)]
struct RawCreator {
    env: *mut c_void,
    new_memory: Option<NewMemory>,
    end: Option<extern "C" fn(*mut c_void)>,
}

#[repr(C)]
struct Scope {
    module: *mut c_void,
    outer: *mut Scope,
    has_memory: u32,
    memories: u32,
}

extern "C" {
    fn shim_wasmtime_creator(
        config: *const PoolConfig,
        out: *mut *mut c_void,
        creator: *mut RawCreator,
    ) -> c_int;
    fn shim_wasmtime_module(
        pool: *mut c_void,
        bytes: *const u8,
        length: usize,
        out: *mut *mut c_void,
    ) -> c_int;
    fn shim_wasmtime_module_bytes(module: *const c_void, length: *mut usize) -> *const u8;
    fn shim_wasmtime_enter(scope: *mut Scope);
    fn shim_wasmtime_leave(scope: *mut Scope) -> c_int;
}

struct Memory(RawMemory);
struct Creator(RawCreator);

// What the library gives may be used in each thread, a memory by one at a time.
unsafe impl Send for Memory {}
unsafe impl Sync for Memory {}
unsafe impl Send for Creator {}
unsafe impl Sync for Creator {}

extern "C" fn error_new(message: *const c_char) -> *mut String {
    let text = unsafe { CStr::from_ptr(message) };
    Box::into_raw(Box::new(text.to_string_lossy().into_owned()))
}

/// The message of an error, if it is one.
fn outcome(error: *mut String) -> Result<(), String> {
    if error.is_null() {
        return Ok(());
    }
    Err(*unsafe { Box::from_raw(error) })
}

impl Memory {
    fn get(&self) -> (*mut u8, usize, usize) {
        let (mut size, mut capacity) = (0, 0);
        let get = self.0.get.expect("a memory");
        let base = get(self.0.env, &mut size, &mut capacity);
        (base, size, capacity)
    }
}

unsafe impl LinearMemory for Memory {
    fn byte_size(&self) -> usize {
        self.get().1
    }

    fn byte_capacity(&self) -> usize {
        self.get().2
    }

    fn grow_to(&mut self, size: usize) -> Result<()> {
        let grow = self.0.grow.expect("a memory");
        outcome(grow(self.0.env, size)).map_err(Error::msg)
    }

    fn as_ptr(&self) -> *mut u8 {
        self.get().0
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        if let Some(end) = self.0.end {
            end(self.0.env)
        }
    }
}

unsafe impl MemoryCreator for Creator {
    fn new_memory(
        &self,
        _: MemoryType,
        minimum: usize,
        maximum: Option<usize>,
        reserved: Option<usize>,
        guard: usize,
    ) -> Result<Box<dyn LinearMemory>, String> {
        let mut memory = RawMemory {
            env: null_mut(),
            get: None,
            grow: None,
            end: None,
        };
        let new_memory = self.0.new_memory.expect("a creator");
        let error = new_memory(
            self.0.env,
            null(),
            minimum,
            maximum.unwrap_or(usize::MAX),
            reserved.unwrap_or(0),
            guard,
            &mut memory,
        );
        outcome(error)?;
        Ok(Box::new(Memory(memory)))
    }
}

impl Drop for Creator {
    fn drop(&mut self) {
        if let Some(end) = self.0.end {
            end(self.0.env)
        }
    }
}

/// The pool, as a number so that it may be in a static.
static POOL: OnceLock<usize> = OnceLock::new();

/// The first call makes the pool, for one engine.
pub fn make() -> Result<Arc<dyn MemoryCreator>> {
    let config = PoolConfig {
        size: size_of::<PoolConfig>() as u32,
        backend: 0,
        slots: SLOTS,
        reset_batch: BATCH as u32,
        reservation: 0,
        guard: 0,
        keep_resident: 0,
        error_new,
    };
    let mut creator = RawCreator {
        env: null_mut(),
        new_memory: None,
        end: None,
    };
    let mut pool = null_mut();
    let error = unsafe { shim_wasmtime_creator(&config, &mut pool, &mut creator) };
    ensure!(error == 0, "no pool of the creator: {error}");
    POOL.set(pool as usize)
        .map_err(|_| format_err!("a second pool"))?;
    Ok(Arc::new(Creator(creator)))
}

/// A module whose memory is an image of the pool; it is never given back.
#[derive(Clone, Copy)]
pub struct Image(usize);

/// None: the process has no pool of the creator.
pub fn image(binary: &[u8]) -> Result<Option<Image>> {
    let Some(pool) = POOL.get() else {
        return Ok(None);
    };
    let mut module = null_mut();
    let error = unsafe {
        shim_wasmtime_module(
            *pool as *mut c_void,
            binary.as_ptr(),
            binary.len(),
            &mut module,
        )
    };
    ensure!(error == 0, "no image: {error}");
    Ok(Some(Image(module as usize)))
}

impl Image {
    /// The binary without what is in the image.
    pub fn bytes(&self) -> &'static [u8] {
        let mut length = 0;
        unsafe {
            let bytes = shim_wasmtime_module_bytes(self.0 as *const c_void, &mut length);
            std::slice::from_raw_parts(bytes, length)
        }
    }

    /// Instantiates with the image.
    pub fn scope<T>(&self, work: impl FnOnce() -> Result<T>) -> Result<T> {
        let mut scope = Scope {
            module: self.0 as *mut c_void,
            outer: null_mut(),
            has_memory: 0,
            memories: 0,
        };
        unsafe { shim_wasmtime_enter(&mut scope) };
        let result = work();
        let error = unsafe { shim_wasmtime_leave(&mut scope) };
        ensure!(error == 0, "no memory has got the image");
        result
    }
}
