//! The C ABI as C programs see it: each program of `tests/c` has one theme, is
//! compiled with the sanitizers, linked with the release library and run.
//!
//! The sanitizers watch the programs and the memory that they share with the
//! library, leaks included; the library itself is compiled without them.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests state their expectations by unwrapping")]

#[path = "c/toolchain.rs"]
mod toolchain;

use core::mem::{align_of, offset_of, size_of};
use std::path::PathBuf;
use std::process::Command;
use toolchain::{
    Language, Linkage, certificates, compile_file, compiler, library, place, root, succeed, valgrind,
};
use voxseal::ffi::*;

/// Compiles `tests/c/{name}.c` and returns the program.
fn compile(name: &str, language: Language, linkage: Linkage, defines: &[String]) -> PathBuf {
    compile_file(&format!("tests/c/{name}.c"), name, language, linkage, defines)
}

/// Runs `tests/c/{name}.c`.
fn run(name: &str) {
    succeed(&mut Command::new(compile(name, Language::C99, Linkage::Static, &[])));
}

#[test]
fn header_compiles_as_the_only_include() {
    for language in [Language::C99, Language::Cpp17] {
        succeed(compiler(language).args(["-fsyntax-only", "include/voxseal.h"]));
    }
}

#[test]
fn header_and_library_fit_a_cpp_program() {
    succeed(&mut Command::new(compile("version", Language::Cpp17, Linkage::Static, &[])));
}

#[test]
fn shared_library_is_found_by_its_soname() {
    let folder = place("libvoxseal.so.1", |link| {
        std::os::unix::fs::symlink(library().join("libvoxseal.so"), link).unwrap();
    });
    for name in ["version", "session"] {
        let program = compile(name, Language::C99, Linkage::Shared, &[]);
        let needed = succeed(Command::new("readelf").arg("-d").arg(&program));
        assert!(needed.contains("[libvoxseal.so.1]"), "{needed}");
        succeed(Command::new(&program).env("LD_LIBRARY_PATH", folder.parent().unwrap()));
    }
}

#[test]
fn version() {
    run("version");
}

/// The programs that pass NULL.
const NULLS: [&str; 3] = ["nulls", "nulls_sdes", "nulls_tls"];

#[test]
fn nulls() {
    NULLS.into_iter().for_each(run);
}

/// Unlike the sanitizers, Valgrind sees what the library itself does. It also
/// hides newer instructions, so the library runs on its fallbacks here.
#[test]
fn valgrind_finds_no_fault_in_program_or_library() {
    let others = [
        "session",
        "misuse",
        "rekey",
        "overlap",
        "sdes",
        "sdes_refused",
        "settings",
        "tls_policy",
        "keys",
        "mki",
        "snapshot",
        "random",
        "version",
    ];
    for name in NULLS.into_iter().chain(others) {
        let program = compile(name, Language::C99, Linkage::ForValgrind, &[]);
        succeed(&mut valgrind(&program, &[]));
    }
}

#[test]
fn nulls_call_every_exported_function() {
    let read = |file: &str| std::fs::read_to_string(root().join(file)).unwrap();
    let called = NULLS.map(|name| read(&format!("tests/c/{name}.c"))).concat();
    for name in read("tests/abi/exports.txt").lines() {
        assert!(called.contains(&format!("{name}(")), "tests/c/nulls*.c do not call {name}");
    }
}

#[test]
fn session() {
    run("session");
}

#[test]
fn misuse() {
    run("misuse");
}

#[test]
fn rekey() {
    run("rekey");
}

#[test]
fn overlap() {
    run("overlap");
}

#[test]
fn keys() {
    run("keys");
}

#[test]
fn mki() {
    run("mki");
}

#[test]
fn lifetime() {
    run("lifetime");
}

#[test]
fn peer() {
    run("peer");
}

#[test]
fn rules() {
    run("rules");
}

#[test]
fn snapshot() {
    run("snapshot");
}

#[test]
fn sdes() {
    run("sdes");
}

#[test]
fn sdes_refused() {
    run("sdes_refused");
}

#[test]
fn settings() {
    run("settings");
}

#[test]
fn tls_policy() {
    run("tls_policy");
}

#[test]
fn tls_transport() {
    let folder = certificates("tls_transport");
    for linkage in [Linkage::Static, Linkage::ForValgrind] {
        let program = compile("tls_transport", Language::C99, linkage, &[]);
        succeed(&mut match linkage {
            Linkage::ForValgrind => valgrind(&program, &[&folder]),
            _ => {
                let mut command = Command::new(program);
                command.arg(&folder);
                command
            }
        });
    }
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn threads() {
    run("threads");
}

#[test]
fn random() {
    run("random");
}

/// Size of what `get` gives, without a value to look at.
fn field_size<S, F>(_get: fn(&S) -> &F) -> usize {
    size_of::<F>()
}

/// `STRUCT(…)` and a `FIELD(…)` for each field, for `tests/c/layout.c`. A field
/// that is left out does not compile.
macro_rules! layout {
    ($($name:ident { $($field:ident),* })*) => {{
        let mut layout = String::new();
        $(
            let _complete = |value: $name| { let $name { $($field: _),* } = value; };
            let (size, alignment) = (size_of::<$name>(), align_of::<$name>());
            layout += &format!("STRUCT({}, {size}, {alignment}) ", stringify!($name));
            $(
                let (offset, size) = (offset_of!($name, $field), field_size(|it: &$name| &it.$field));
                layout += &format!("FIELD({}, {}, {offset}, {size}) ", stringify!($name), stringify!($field));
            )*
        )*
        layout
    }};
}

#[test]
fn structs_lie_in_memory_as_the_header_says() {
    let layout = layout! {
        voxseal_agreement {
            struct_size, tag, suite, window_hint, local_keys, remote_keys, local_mki_len, remote_mki_len,
            local_lifetime, remote_lifetime, remote_kdr, unencrypted
        }
        voxseal_master_key {
            struct_size, key, key_len, salt, salt_len, mki, mki_len, srtp_lifetime, srtcp_lifetime, kdr,
            unencrypted
        }
        voxseal_session { id }
        voxseal_session_config {
            struct_size, rtp_window, rtcp_window, overlap_packets, overlap_millis, answer_short_srtcp_tags,
            soft_limit_thousandths
        }
        voxseal_session_stats {
            struct_size, outbound_suite, inbound_suite, packets_protected, packets_unprotected,
            protect_refused, auth_failures, replays, late, unprotect_refused, roc_recoveries,
            srtcp_tag_changes, mki_changes
        }
        voxseal_key_info {
            struct_size, suite, soft_limit_reached, age_millis, srtp_remaining, srtcp_remaining, mki_len, mki
        }
        voxseal_tls_facts {
            struct_size, direction, peer_role, version, cipher_bits, cipher, verify_results,
            verify_result_count, names, name_count, ekus, eku_count, expected_name, not_before, not_after,
            now, verify_complete, has_certificate, has_ekus, has_dates, resumed
        }
        voxseal_tls_name { kind, bytes, len }
        voxseal_tls_claim { holder, certificates }
        voxseal_tls_event { struct_size, kind, rule, alert, alert_sent, text }
        voxseal_tls_identity {
            struct_size, certificate_files, certificate_file_count, key_file, pem, pem_len, passphrase,
            passphrase_len, key_access, any_dates
        }
        voxseal_tls_connection_info {
            struct_size, state, failure, verdict, rule, version, cipher_bits, resumed, has_certificate, unsent,
            deadline_ms
        }
        voxseal_stream_info {
            ssrc, roc, seq, suite, short_srtcp_tag, packets, bytes, auth_failures, replays, late, roc_recoveries
        }
    };
    let header = std::fs::read_to_string(root().join("include/voxseal.h")).unwrap();
    for line in header.lines().filter(|line| line.ends_with('{')) {
        let Some(name) = line.strip_prefix("typedef struct ") else { continue };
        let name = name.trim_end_matches(" {");
        assert!(layout.contains(&format!("STRUCT({name},")), "{name} is not checked");
    }
    let defines = [format!("-DLAYOUT={layout}")];
    succeed(&mut Command::new(compile("layout", Language::C99, Linkage::Static, &defines)));
}
