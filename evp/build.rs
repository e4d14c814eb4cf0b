//! Says in a sentence that OpenSSL is too old, which the compiler would say in many.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    // In hexadecimal, 3.0.0 as 30000000; of other libraries, such as LibreSSL, there is none.
    let version = std::env::var("DEP_OPENSSL_VERSION_NUMBER").unwrap_or_default();
    if u64::from_str_radix(&version, 16).unwrap_or(0) < 0x3000_0000 {
        println!(
            "cargo::error=the provider on OpenSSL needs OpenSSL 3.0 or later: install its headers (libssl-dev), or build without the feature openssl"
        );
    }
}
