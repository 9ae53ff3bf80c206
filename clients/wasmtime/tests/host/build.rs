// SPDX-License-Identifier: MIT
// Links the seam, libshim, and the programs with their inputs, from the build folder.
fn main() {
    let out = std::env::var("GUARDSLOT_OUT").expect("GUARDSLOT_OUT: the folder of the build");
    for folder in ["lib", "wasmtime"] {
        println!("cargo:rustc-link-search=native={out}/{folder}");
    }
    for library in ["guardslot-wasmtime", "host-input"] {
        println!("cargo:rustc-link-lib=static:+whole-archive={library}");
        println!("cargo:rerun-if-changed={out}/lib/lib{library}.a");
        println!("cargo:rerun-if-changed={out}/wasmtime/lib{library}.a");
    }
    println!("cargo:rustc-link-lib=static=shim");
    println!("cargo:rerun-if-changed={out}/lib/libshim.a");
    // To calls.c.
    for name in ["mmap64", "munmap", "mprotect", "madvise", "syscall"] {
        println!("cargo:rustc-link-arg-bins=-Wl,--wrap={name}");
    }
    println!("cargo:rerun-if-env-changed=GUARDSLOT_OUT");
}
