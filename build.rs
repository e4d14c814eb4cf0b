//! Gives the C library its soname and exports nothing but the C ABI.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    // The number changes with VOXSEAL_ABI_VERSION.
    if std::env::var("CARGO_CFG_TARGET_OS").is_ok_and(|os| os == "linux") {
        println!("cargo::rustc-cdylib-link-arg=-Wl,-soname,libvoxseal.so.1");
    }
}
