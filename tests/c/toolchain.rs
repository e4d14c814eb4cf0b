//! Compilers and what is made with them, for the tests of C and C++ programs.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

const WARNINGS: [&str; 5] = ["-Wall", "-Wextra", "-Wpedantic", "-Wredundant-decls", "-Werror"];
const SANITIZERS: [&str; 3] = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-g"];
/// What the static library needs of the system.
const SYSTEM_LIBRARIES: [&str; 6] = ["-lssl", "-lcrypto", "-lgcc_s", "-lpthread", "-lm", "-ldl"];

pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

#[derive(Clone, Copy, PartialEq)]
pub enum Language {
    C99,
    Cpp17,
}

/// A compiler with language, warnings and the header's folder set.
pub fn compiler(language: Language) -> Command {
    let (program, args) = match language {
        Language::C99 => ("gcc", ["-std=c99", "-x", "c"]),
        Language::Cpp17 => ("g++", ["-std=c++17", "-x", "c++"]),
    };
    let mut command = Command::new(program);
    command.current_dir(root()).args(args).args(WARNINGS).arg("-Iinclude");
    command
}

/// Runs a command to its end; what it prints is shown when it fails.
pub fn succeed(command: &mut Command) -> String {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let stdout = String::from_utf8_lossy(&output.stdout);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {}\n{stdout}{stderr}", output.status);
    stdout.into_owned()
}

/// Builds the library and returns the folder of its two files.
pub fn library() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let build = ["build", "--release", "--lib", "--quiet", "--target-dir", "target"];
        succeed(Command::new(env!("CARGO")).args(build).current_dir(root()));
        root().join("target/release")
    })
}

/// How a program is linked with the library.
#[derive(Clone, Copy, PartialEq)]
pub enum Linkage {
    Static,
    Shared,
    /// Static, and without the sanitizers: they and Valgrind exclude each other.
    ForValgrind,
}

/// Puts a file into `target/c` in one step, so that a test running at the same
/// time finds the old one or the new one, never half of it.
pub fn place(name: &str, make: impl FnOnce(&Path)) -> PathBuf {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    let folder = root().join("target/c");
    std::fs::create_dir_all(&folder).unwrap();
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    let unfinished = folder.join(format!("{name}.{}.{number}", std::process::id()));
    let path = folder.join(name);
    make(&unfinished);
    std::fs::rename(&unfinished, &path).unwrap();
    path
}

/// Compiles a file into a program of this name and returns its path. `defines` go to
/// the compiler as they are.
pub fn compile_file(
    source: &str,
    name: &str,
    language: Language,
    linkage: Linkage,
    defines: &[String],
) -> PathBuf {
    let library = library();
    let program = match (language, linkage) {
        (Language::C99, Linkage::Static) => name.to_owned(),
        (Language::C99, Linkage::Shared) => format!("{name}-shared"),
        (Language::C99, Linkage::ForValgrind) => format!("{name}-valgrind"),
        (Language::Cpp17, _) => format!("{name}-cpp"),
    };
    place(&program, |out| {
        let mut command = compiler(language);
        if linkage != Linkage::ForValgrind {
            command.args(SANITIZERS);
        }
        command.args(defines).arg(source).arg("-o").arg(out);
        match linkage {
            Linkage::Static | Linkage::ForValgrind => {
                command.args(["-x", "none"]).arg(library.join("libvoxseal.a"))
            }
            Linkage::Shared => command.arg("-L").arg(library).arg("-lvoxseal"),
        };
        succeed(command.args(SYSTEM_LIBRARIES));
    })
}

pub fn valgrind(program: &Path, args: &[&Path]) -> Command {
    let flags = ["--quiet", "--error-exitcode=9", "--leak-check=full", "--errors-for-leak-kinds=definite"];
    let mut command = Command::new("valgrind");
    command.args(flags).arg(program).args(args);
    command
}

/// Certificates by OpenSSL's own command, for a program with this name: an
/// authority, another one, and pbx.test's with its key.
pub fn certificates(name: &str) -> PathBuf {
    let folder = root().join(format!("target/c/certificates-{name}-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let openssl = |args: &str| {
        succeed(Command::new("openssl").args(args.split(' ')).current_dir(&folder));
    };
    const KEY: &str = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2";
    openssl(&format!("{KEY} -subj /CN=Root -keyout ca.key -out ca.pem"));
    openssl(&format!("{KEY} -subj /CN=Other -keyout other.key -out other.pem"));
    let wishes = "-subj /CN=pbx.test -addext subjectAltName=DNS:pbx.test -addext basicConstraints=CA:FALSE";
    openssl(&format!("{KEY} {wishes} -CA ca.pem -CAkey ca.key -keyout pbx.key -out pbx.crt"));
    let whole = ["pbx.crt", "pbx.key"].map(|part| std::fs::read(folder.join(part)).unwrap()).concat();
    std::fs::write(folder.join("pbx.pem"), whole).unwrap();
    let private = std::os::unix::fs::PermissionsExt::from_mode(0o600);
    std::fs::set_permissions(folder.join("pbx.pem"), private).unwrap();
    folder
}
