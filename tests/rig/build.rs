//! Compiles libsrtp with its OpenSSL backend, from the source that the package `srtp2-sys` carries.
//!
//! `srtp2-sys` itself is never built, because its bindgen needs libclang. Debian's own libsrtp2 would not do either:
//! it uses NSS, and the figures to compare with are those of the OpenSSL backend.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

const SOURCES: &[&str] = &[
    "srtp/ekt.c",
    "crypto/cipher/cipher.c",
    "crypto/cipher/null_cipher.c",
    "crypto/cipher/aes_icm_ossl.c",
    "crypto/cipher/aes_gcm_ossl.c",
    "crypto/hash/auth.c",
    "crypto/hash/null_auth.c",
    "crypto/hash/hmac_ossl.c",
    "crypto/kernel/alloc.c",
    "crypto/kernel/crypto_kernel.c",
    "crypto/kernel/err.c",
    "crypto/kernel/key.c",
    "crypto/math/datatypes.c",
    "crypto/math/stat.c",
    "crypto/replay/rdb.c",
    "crypto/replay/rdbx.c",
    "crypto/replay/ut_sim.c",
];

/// What libsrtp's `configure` finds on a Linux machine with OpenSSL.
const CONFIG: &str = "#define OPENSSL 1
#define GCM 1
#define HAVE_ARPA_INET_H 1
#define HAVE_NETINET_IN_H 1
#define HAVE_SYS_SOCKET_H 1
#define HAVE_SYS_TYPES_H 1
#define HAVE_INTTYPES_H 1
#define HAVE_STDINT_H 1
#define HAVE_STDLIB_H 1
#define HAVE_STRING_H 1
#define HAVE_UNISTD_H 1
#define HAVE_INT8_T 1
#define HAVE_INT16_T 1
#define HAVE_INT32_T 1
#define HAVE_UINT8_T 1
#define HAVE_UINT16_T 1
#define HAVE_UINT32_T 1
#define HAVE_UINT64_T 1
#define SIZEOF_UNSIGNED_LONG 8
#define SIZEOF_UNSIGNED_LONG_LONG 8
#define CPU_CISC 1
#define PACKAGE_STRING \"libsrtp2\"
#define PACKAGE_VERSION \"2\"
";

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed=libsrtp/glue.c");
    let libsrtp = package_folder("srtp2-sys").join("libsrtp");
    let out = PathBuf::from(env::var("OUT_DIR").expect("cargo sets OUT_DIR"));
    fs::write(out.join("config.h"), CONFIG).expect("OUT_DIR can be written");
    fs::write(out.join("srtp.c"), with_right_aes_192(&libsrtp)).expect("OUT_DIR can be written");
    cc::Build::new()
        .file(out.join("srtp.c"))
        .files(SOURCES.iter().map(|source| libsrtp.join(source)))
        .file("libsrtp/glue.c")
        .include(&out)
        .include(libsrtp.join("include"))
        .include(libsrtp.join("crypto/include"))
        .define("HAVE_CONFIG_H", None)
        // A yardstick for benches: always as a distribution would build it, and its warnings are not ours.
        .opt_level(2)
        .warnings(false)
        .flag_if_supported("-Wno-deprecated-declarations")
        .compile("voxseal_rig_srtp2");
    println!("cargo:rustc-link-lib=crypto");
}

/// `srtp.c` with the key derivation of RFC 6188 for AES-192. libsrtp before August 2025 derives those keys as if the
/// master key were an AES-256 key (libsrtp's issue 763, corrected by its pull request 765), so nobody else understands it.
fn with_right_aes_192(libsrtp: &Path) -> String {
    let source = fs::read_to_string(libsrtp.join("srtp/srtp.c")).expect("libsrtp's srtp.c");
    let wrong = "kdf_keylen = 46;";
    assert_eq!(source.matches(wrong).count(), 2, "another srtp.c than the one this is made for");
    source.replace(wrong, "kdf_keylen = rtp_keylen == 38 ? 38 : 46;")
}

/// Where cargo keeps the source of a package in Cargo.lock; `cargo metadata` fetches it if it is not there yet.
fn package_folder(name: &str) -> PathBuf {
    let cargo = env::var("CARGO").expect("cargo sets CARGO");
    let run = Command::new(cargo).args(["metadata", "--format-version", "1", "--locked"]).output();
    let run = run.expect("cargo runs");
    assert!(run.status.success(), "cargo metadata: {}", String::from_utf8_lossy(&run.stderr));
    let text = String::from_utf8(run.stdout).expect("cargo metadata is UTF-8");
    // `"manifest_path":"…/srtp2-sys-3.0.2/Cargo.toml"` is the only thing wanted: no JSON parser for that.
    text.split("\"manifest_path\":\"")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .filter_map(|manifest| Path::new(manifest).parent())
        .find(|folder| folder.file_name().is_some_and(|last| last.to_string_lossy().starts_with(name)))
        .unwrap_or_else(|| panic!("the package {name} is not in Cargo.lock"))
        .to_path_buf()
}
