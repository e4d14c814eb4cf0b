//! Certificates and keys from real files: what can be used, and one distinct
//! sentence for each fault (feature `tls`).
#![cfg(feature = "tls")]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

#[path = "tls/certificates.rs"]
#[allow(dead_code, reason = "shared with the handshakes")]
mod certificates;

use certificates::{DAY, Made, Wish, issue, issue_for, now, root};
use openssl::pkey::PKey;
use openssl::rsa::Rsa;
use openssl::symm::Cipher;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use voxseal::error::Error;
use voxseal::tls_openssl::{Context, Files, KeyAccess, Side, Trust, Wanted, describe};

/// A folder that goes with the test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Folder {
        let folder = std::env::temp_dir().join(format!("voxseal-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        Folder(folder)
    }

    fn write(&self, name: &str, parts: &[Vec<u8>]) -> PathBuf {
        let path = self.0.join(name);
        std::fs::write(&path, parts.concat()).unwrap();
        mode(&path, 0o600);
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.0).unwrap();
    }
}

fn mode(path: &Path, mode: u32) {
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

fn certificate(made: &Made) -> Vec<u8> {
    made.certificate.to_pem().unwrap()
}

fn key(made: &Made) -> Vec<u8> {
    made.key.private_key_to_pem_pkcs8().unwrap()
}

/// Root, one intermediate, leaf.
fn three() -> (Made, Made, Made) {
    let top = root("Root");
    let middle = issue(&Wish { authority: true, ..Wish::named("Middle") }, Some(&top));
    let leaf = issue(&Wish::named("pbx.test"), Some(&middle));
    (top, middle, leaf)
}

fn one_file(path: &Path) -> Files {
    Files { certificates: vec![path.to_owned()], ..Files::default() }
}

/// The fault, and words that must be in its sentence.
fn refused(files: &Files, error: Error, words: &[&str]) {
    let fault = files.load(now()).err().unwrap();
    let sentence = fault.to_string();
    assert_eq!(fault.error, error, "{sentence}");
    assert!(words.iter().all(|word| sentence.contains(word)), "{sentence}: {words:?}");
    assert!(!sentence.contains('\n') && !sentence.contains("secret"), "{sentence}");
}

#[test]
fn one_file_and_several_give_the_same() {
    let folder = Folder::new("good");
    let (top, middle, leaf) = three();
    let all = folder.write("all.pem", &[certificate(&leaf), certificate(&middle), key(&leaf)]);
    let key_first = folder.write("key-first.pem", &[key(&leaf), certificate(&leaf), certificate(&middle)]);
    let leaf_alone = folder.write("leaf.pem", &[certificate(&leaf)]);
    let chain = folder.write("chain.pem", &[b"Some text\n".to_vec(), certificate(&middle)]);
    let key_alone = folder.write("key.pem", &[key(&leaf)]);
    let roots = vec![folder.write("roots.pem", &[certificate(&root("Other")), certificate(&top)])];
    let several = Files { certificates: vec![leaf_alone, chain], key: Some(key_alone), ..Files::default() };
    for files in [one_file(&all), one_file(&key_first), several] {
        let identity = Files { roots: roots.clone(), ..files }.load(now()).unwrap();
        assert_eq!(identity.certificate, leaf.certificate);
        assert_eq!(identity.chain, std::slice::from_ref(&middle.certificate));
        assert!(identity.key.public_eq(&leaf.key));
    }
}

#[test]
fn one_file_of_all_may_be_named_as_the_keys_too() {
    let folder = Folder::new("twice");
    let (_, middle, leaf) = three();
    let all = folder.write("all.pem", &[certificate(&leaf), certificate(&middle), key(&leaf)]);
    let link = folder.0.join("link.pem");
    std::os::unix::fs::symlink(&all, &link).unwrap();
    for again in [&all, &link] {
        let identity = Files { key: Some(again.clone()), ..one_file(&all) }.load(now()).unwrap();
        assert_eq!(identity.chain, std::slice::from_ref(&middle.certificate));
        assert!(identity.key.public_eq(&leaf.key));
    }
    // Another file with the same key is one key too many, and one that is not there is missed.
    let copy = folder.write("copy.pem", &[key(&leaf)]);
    refused(&Files { key: Some(copy), ..one_file(&all) }, Error::TlsFileMalformed, &["2 private keys"]);
    let gone = folder.0.join("gone.pem");
    refused(&Files { key: Some(gone), ..one_file(&all) }, Error::TlsFileMissing, &["gone.pem"]);
}

/// OpenSSL's own command, from one file of the folder to another.
fn x509(folder: &Folder, from: &str, to: &str, more: &[&str]) -> PathBuf {
    let command = ["x509", "-in", from, "-out", to];
    let status = Command::new("openssl").args(command).args(more).current_dir(&folder.0).status();
    assert!(status.unwrap().success());
    folder.0.join(to)
}

#[test]
fn certificates_with_trust_settings_are_refused_and_without_them_taken() {
    let folder = Folder::new("trusted");
    let (top, _, _) = three();
    folder.write("root.pem", &[certificate(&top)]);
    let key = folder.write("key.pem", &[key(&top)]);
    let trusted = x509(&folder, "root.pem", "trusted.pem", &["-trustout", "-addreject", "serverAuth"]);
    let text = std::fs::read_to_string(&trusted).unwrap();
    assert!(text.starts_with("-----BEGIN TRUSTED CERTIFICATE-----"), "{text}");
    let plain = x509(&folder, "trusted.pem", "plain.pem", &[]);

    let words = ["trusted.pem", "TRUSTED CERTIFICATE", "openssl x509"];
    let with = |path: &Path| Files { key: Some(key.clone()), ..one_file(path) };
    refused(&with(&trusted), Error::TlsFileMalformed, &words);
    assert!(with(&plain).load(now()).is_ok());
    let trusting = |path: &Path| {
        let trust = Trust { authorities: vec![path.to_owned()], ..Trust::default() };
        let outbound = Side { trust, ..Side::default() };
        Context::new(Wanted { outbound, ..Wanted::default() }, None).load(now())
    };
    for fault in [trusting(&trusted).unwrap_err(), describe(&trusted).unwrap_err()] {
        assert_eq!(fault.error, Error::TlsFileMalformed);
        assert!(words.iter().all(|word| fault.to_string().contains(word)), "{fault}");
    }
    assert!(trusting(&plain).is_ok() && describe(&plain).is_ok());
}

#[test]
fn missing_things_are_named() {
    let folder = Folder::new("missing");
    let (_, _, leaf) = three();
    refused(&one_file(&folder.0.join("no.pem")), Error::TlsFileMissing, &["no.pem", "no such file"]);
    refused(&one_file(&folder.0), Error::TlsFileUnreadable, &["not a file"]);
    let no_key = folder.write("cert.pem", &[certificate(&leaf)]);
    refused(&one_file(&no_key), Error::TlsNoKey, &["cert.pem", "no private key"]);
    let no_certificate = folder.write("key.pem", &[key(&leaf)]);
    refused(&one_file(&no_certificate), Error::TlsNoCertificate, &["key.pem", "no certificate"]);
    let empty = folder.write("empty.pem", &[]);
    refused(&one_file(&empty), Error::TlsNoKey, &["empty.pem"]);
}

#[test]
fn keys_that_others_can_read_are_refused() {
    let folder = Folder::new("exposed");
    let (_, middle, leaf) = three();
    let path = folder.write("agent.pem", &[certificate(&leaf), certificate(&middle), key(&leaf)]);
    for (file_mode, owner, group) in [
        (0o600, true, true),
        (0o400, true, true),
        (0o640, false, true),
        (0o644, false, false),
        (0o620, false, false),
    ] {
        mode(&path, file_mode);
        for (key_access, good) in
            [(KeyAccess::Owner, owner), (KeyAccess::Group, group), (KeyAccess::Anyone, true)]
        {
            let files = Files { key_access, ..one_file(&path) };
            if good {
                assert!(files.load(now()).is_ok(), "{file_mode:o} {key_access:?}");
            } else {
                refused(
                    &files,
                    Error::TlsKeyExposed,
                    &["agent.pem", &format!("{file_mode:04o}"), "owner user"],
                );
            }
        }
    }
}

/// Root may read everything, so the test runs itself again as nobody.
#[test]
fn files_of_others_are_unreadable() {
    if let Some(path) = std::env::var_os("VOXSEAL_UNREADABLE") {
        refused(&one_file(Path::new(&path)), Error::TlsFileUnreadable, &["mode is 0000", "owner user"]);
        return;
    }
    let folder = Folder::new("unreadable");
    mode(&folder.0, 0o755);
    let path = folder.write("closed.pem", &[]);
    let program = folder.0.join("again");
    std::fs::copy(std::env::current_exe().unwrap(), &program).unwrap();
    mode(&program, 0o755);
    mode(&path, 0o000);
    let mut command = Command::new(&program);
    command
        .args(["--exact", "files_of_others_are_unreadable"])
        .env("VOXSEAL_UNREADABLE", &path)
        .current_dir("/");
    if std::fs::read(&path).is_ok() {
        command.uid(65_534).gid(65_534);
    }
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}

#[test]
fn a_key_of_another_certificate_is_told_from_a_wrong_order() {
    let folder = Folder::new("mismatch");
    let (top, middle, leaf) = three();
    let other = folder.write("other.pem", &[certificate(&leaf), certificate(&middle), key(&top)]);
    refused(&one_file(&other), Error::TlsKeyMismatch, &["pbx.test"]);
    let reversed = folder.write("reversed.pem", &[certificate(&middle), certificate(&leaf), key(&leaf)]);
    refused(&one_file(&reversed), Error::TlsChainOrder, &["pbx.test", "Middle", "first"]);
    let two = folder.write("two.pem", &[certificate(&leaf), key(&leaf), key(&top)]);
    refused(&one_file(&two), Error::TlsFileMalformed, &["2 private keys"]);
}

#[test]
fn chains_are_in_order_and_whole() {
    let folder = Folder::new("chain");
    let (top, middle, leaf) = three();
    let swapped = folder
        .write("swapped.pem", &[certificate(&leaf), certificate(&top), certificate(&middle), key(&leaf)]);
    refused(&one_file(&swapped), Error::TlsChainOrder, &["pbx.test", "Middle"]);
    let gap = folder.write("gap.pem", &[certificate(&leaf), certificate(&top), key(&leaf)]);
    refused(&one_file(&gap), Error::TlsChainIncomplete, &["Middle", "missing"]);
    let alone = folder.write("alone.pem", &[certificate(&leaf), key(&leaf)]);
    assert!(one_file(&alone).load(now()).is_ok());
    let roots = vec![folder.write("root.pem", &[certificate(&top)])];
    refused(&Files { roots, ..one_file(&alone) }, Error::TlsChainIncomplete, &["Middle", "missing"]);
}

#[test]
fn dates_are_printed_both() {
    let folder = Folder::new("dates");
    let top = root("Root");
    for (from, to, error) in [(-2, -1, Error::TlsExpired), (1, 2, Error::TlsNotYetValid)] {
        let dates = (now() + from * DAY, now() + to * DAY);
        let leaf = issue(&Wish { dates, ..Wish::named("pbx.test") }, Some(&top));
        let path = folder.write("leaf.pem", &[certificate(&leaf), key(&leaf)]);
        let limit = voxseal::tls::Utc(if from < 0 { dates.1 } else { dates.0 }).to_string();
        let today = voxseal::tls::Utc(now()).to_string();
        refused(&one_file(&path), error, &["pbx.test", &limit, &today[..13]]);
        assert!(Files { any_dates: true, ..one_file(&path) }.load(now()).is_ok());
    }
}

#[test]
fn passphrases_are_checked_and_never_said() {
    let folder = Folder::new("passphrase");
    let (_, _, leaf) = three();
    let pkcs8 = leaf.key.private_key_to_pem_pkcs8_passphrase(Cipher::aes_256_cbc(), b"secret").unwrap();
    let older =
        leaf.key.ec_key().unwrap().private_key_to_pem_passphrase(Cipher::aes_256_cbc(), b"secret").unwrap();
    for encrypted in [pkcs8, older] {
        let path = folder.write("leaf.pem", &[certificate(&leaf), encrypted]);
        let with = |passphrase: &str| Files {
            passphrase: Some(passphrase.as_bytes().to_vec().into()),
            ..one_file(&path)
        };
        assert!(with("secret").load(now()).is_ok());
        refused(&with("secret2"), Error::TlsPassphrase, &["leaf.pem", "does not open it"]);
        refused(&with(""), Error::TlsPassphrase, &["does not open it"]);
        refused(&one_file(&path), Error::TlsPassphrase, &["there is no passphrase"]);
    }
}

#[test]
fn weak_keys_and_damage_are_refused() {
    let folder = Folder::new("weak");
    let top = root("Root");
    let rsa = |bits| PKey::from_rsa(Rsa::generate(bits).unwrap()).unwrap();
    let weak = issue_for(&Wish::named("pbx.test"), Some(&top), rsa(1024));
    let path = folder.write("weak.pem", &[certificate(&weak), key(&weak)]);
    refused(&one_file(&path), Error::TlsWeakKey, &["1024 bits", "2048"]);
    let strong = issue_for(&Wish::named("pbx.test"), Some(&top), rsa(2048));
    let path = folder.write("strong.pem", &[certificate(&strong), key(&strong)]);
    assert!(one_file(&path).load(now()).is_ok());
    let whole = [certificate(&strong), key(&strong)].concat();
    for cut in [whole.len() - 10, whole.len() / 2, 300] {
        let path = folder.write("cut.pem", &[whole[..cut].to_vec()]);
        refused(&one_file(&path), Error::TlsFileMalformed, &["cut.pem", "damaged"]);
    }
}
