//! The examples in C and C++ compile without a warning and do what they say, and the
//! code in docs/c compiles.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests state their expectations by unwrapping"
)]

#[path = "c/toolchain.rs"]
#[allow(dead_code, reason = "shared with the tests of the C ABI")]
mod toolchain;

use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use toolchain::{Language, Linkage, certificates, compile_file, compiler, root, succeed};

fn example(name: &str) -> PathBuf {
    compile_file(
        &format!("examples/c/{name}.c"),
        &format!("example-{name}"),
        Language::C99,
        Linkage::Static,
        &[],
    )
}

#[test]
fn protect_loop() {
    let printed = succeed(&mut Command::new(example("protect_loop")));
    assert_eq!(printed, "50 of 50 packets arrived as they were; unprotected 50, refused 0\n");
}

#[test]
fn answer_offer() {
    let program = example("answer_offer");
    let taken = "7 AES_CM_128_HMAC_SHA1_80 inline:WpjkRMJa2SxB/MF0MKkdLG5R/VRHWLr7NgD6C7dy";
    let printed = succeed(Command::new(&program).args(["1 F8_128_HMAC_SHA1_80 inline:abc", taken]));
    assert!(printed.starts_with("a=crypto:7 AES_CM_128_HMAC_SHA1_80 inline:"), "{printed}");
    let refused = Command::new(&program).arg("1 NO_SUCH_SUITE inline:abc").output().unwrap();
    assert_eq!(refused.status.code(), Some(1));
    let why = String::from_utf8(refused.stderr).unwrap();
    assert!(why.contains("refused: ") && why.contains("no line was taken: "), "{why}");
}

#[test]
fn call_leg_in_cpp() {
    let program =
        compile_file("examples/cpp/call_leg.cpp", "example-call_leg", Language::Cpp17, Linkage::Static, &[]);
    let printed = succeed(&mut Command::new(program));
    assert!(printed.ends_with(": a packet each way arrived as it was\n"), "{printed}");
}

/// A program whose input ends when it is dropped.
struct Running {
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
}

impl Running {
    fn start(command: &mut Command) -> Running {
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let (input, output) = (child.stdin.take(), BufReader::new(child.stdout.take().unwrap()));
        Running { child, input, output }
    }

    fn say(&mut self, text: &str) {
        self.input.as_mut().unwrap().write_all(text.as_bytes()).unwrap();
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        assert!(self.output.read_line(&mut line).unwrap() > 0, "the program ended");
        line.trim_end().to_owned()
    }

    /// Reads on to the line that ends like this.
    fn wait_for(&mut self, end: &str) {
        while !self.line().ends_with(end) {}
    }

    /// Ends its input and returns what it said of what happened.
    fn end(mut self) -> String {
        self.input = None;
        let mut said = String::new();
        self.child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        assert!(self.child.wait().unwrap().success(), "{said}");
        said
    }
}

fn serve(program: &Path, folder: &Path) -> (Running, String) {
    let mut server = Running::start(Command::new(program).arg("serve").arg(folder.join("pbx.pem")));
    let port = server.line();
    (server, port)
}

#[test]
fn tls_echo_serves_openssl_and_itself() {
    let (program, folder) = (example("tls_echo"), certificates("tls_echo"));
    let (server, port) = serve(&program, &folder);
    for version in ["-tls1_2", "-tls1_3"] {
        let mut client = Running::start(
            Command::new("openssl")
                .args(["s_client", "-quiet", "-no_ign_eof", "-verify_return_error", version, "-connect"])
                .arg(format!("127.0.0.1:{port}"))
                .arg("-CAfile")
                .arg(folder.join("ca.pem")),
        );
        client.say("hello\n");
        client.wait_for("hello");
        client.end();
    }
    let mut client = Running::start(
        Command::new(&program).args(["connect", &port]).arg(folder.join("ca.pem")).arg("pbx.test"),
    );
    client.say("one\ntwo\n");
    client.wait_for("two");
    let said = client.end();
    assert!(said.contains("established: TLS 1.3"), "{said}");

    // Another authority's server, and another name: refused, and nothing of the input goes out.
    for (trust, name, why) in [
        ("other.pem", "pbx.test", "no authority that we trust"),
        ("ca.pem", "other.test", "which does not cover other.test"),
    ] {
        let client =
            Running::start(Command::new(&program).args(["connect", &port]).arg(folder.join(trust)).arg(name));
        let said = client.end();
        assert!(said.contains("refused: ") && said.contains(why), "{said}");
    }
    let said = server.end();
    assert_eq!(said.matches("established: ").count(), 5, "{said}");
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn tls_echo_connects_to_openssl() {
    let (program, folder) = (example("tls_echo"), certificates("tls_echo_client"));
    let pbx = folder.join("pbx.pem");
    let mut server = Running::start(
        Command::new("openssl")
            .args(["s_server", "-rev", "-accept", "127.0.0.1:0", "-cert"])
            .arg(&pbx)
            .arg("-key")
            .arg(&pbx),
    );
    let accept = loop {
        let line = server.line();
        if line.starts_with("ACCEPT ") {
            break line;
        }
    };
    let port = accept.rsplit(':').next().unwrap();
    let mut client = Running::start(
        Command::new(&program).args(["connect", port]).arg(folder.join("ca.pem")).arg("pbx.test"),
    );
    client.say("hello\n");
    client.wait_for("olleh");
    client.end();
    server.child.kill().unwrap();
    server.child.wait().unwrap();
    std::fs::remove_dir_all(folder).unwrap();
}

/// The blocks of code of a document, between ```c and ```.
fn blocks(document: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(document).unwrap();
    let code = text.split("```c\n").skip(1).map(|rest| rest.split("```").next().unwrap().to_owned());
    code.collect()
}

#[test]
fn the_code_of_the_documents_compiles() {
    let folder = root().join("docs/c");
    let mut count = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let document = entry.unwrap().path();
        for (number, block) in blocks(&document).iter().enumerate() {
            // A block is what stands in a function.
            let program = format!(
                "#include <stdio.h>\n#include <string.h>\n#include \"voxseal.h\"\nvoid block(void);\nvoid block(void)\n{{\n{block}}}\n"
            );
            let source = format!("target/c/{}-{number}.c", document.file_stem().unwrap().to_string_lossy());
            std::fs::create_dir_all(root().join("target/c")).unwrap();
            std::fs::write(root().join(&source), program).unwrap();
            // The names that the text has spoken of.
            let flags = [
                "-fsyntax-only",
                "-include",
                "tests/c/docs.h",
                "-Wno-unused-variable",
                "-Wno-unused-but-set-variable",
            ];
            succeed(compiler(Language::C99).args(flags).arg(&source));
            count += 1;
        }
    }
    assert!(count >= 8, "only {count} blocks were found");
}
