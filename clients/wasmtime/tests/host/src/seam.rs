// SPDX-License-Identifier: MIT
//! The check of libguardslot-wasmtime: guardslot-wasmtime.h.

#[repr(C)]
#[derive(Default)]
pub struct Info {
    size: u32,
    pub backend: u32,
    pub slot: u32,
    pub slots: u32,
    pub plain_slots: u32,
    pub images: u32,
    pub stride: u64,
    pub reset_calls: u64,
    pub resets: u64,
    pub rebinds: u64,
    pub resizes: u64,
}

extern "C" {
    fn guardslot_wasmtime_query(address: *const u8, info: *mut Info) -> i32;
}

/// What the seam knows of an address; None: it is in none of its pools.
pub fn query(address: *const u8) -> Option<Info> {
    let mut info = Info {
        size: std::mem::size_of::<Info>() as u32,
        ..Info::default()
    };
    (unsafe { guardslot_wasmtime_query(address, &mut info) } == 0).then_some(info)
}
