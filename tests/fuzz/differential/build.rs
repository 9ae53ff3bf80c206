// SPDX-License-Identifier: MIT
// Links libshim from the build folder.
fn main() {
    let out = std::env::var("GUARDSLOT_OUT").expect("GUARDSLOT_OUT: the folder of the build");
    println!("cargo:rustc-link-search=native={out}/lib");
    println!("cargo:rustc-link-lib=static=shim");
    println!("cargo:rerun-if-changed={out}/lib/libshim.a");
    println!("cargo:rerun-if-env-changed=GUARDSLOT_OUT");
}
