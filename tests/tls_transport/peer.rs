//! OpenSSL's own client and server, as processes.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};

/// Runs `openssl s_client`, says a line, waits for its echo, and returns all that it
/// printed. One that ends before the echo is fine: the test looks at the text.
pub fn s_client(address: SocketAddr, args: &[&str]) -> String {
    let mut child = Command::new("openssl")
        .args(["s_client", "-connect", &address.to_string()])
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let mut stderr = child.stderr.take().unwrap();
    let errors = std::thread::spawn(move || {
        let mut text = Vec::new();
        stderr.read_to_end(&mut text).unwrap();
        String::from_utf8_lossy(&text).into_owned()
    });
    // One that has ended reads nothing.
    let _ = stdin.write_all(b"hello there\n");
    let mut text = String::new();
    let mut lines = BufReader::new(child.stdout.take().unwrap());
    loop {
        let mut line = Vec::new();
        if lines.read_until(b'\n', &mut line).unwrap() == 0 {
            break;
        }
        let line = String::from_utf8_lossy(&line).into_owned();
        text.push_str(&line);
        if line.ends_with("hello there\n") {
            break;
        }
    }
    drop(stdin);
    lines.read_to_string(&mut text).unwrap_or_default();
    child.wait().unwrap();
    text + &errors.join().unwrap()
}

/// `openssl s_server -rev` until it is dropped: it gives back each line reversed.
pub struct Server {
    child: Child,
    _stdin: ChildStdin,
    pub address: SocketAddr,
}

impl Server {
    pub fn start(identity: &Path, args: &[&str]) -> Server {
        let mut child = Command::new("openssl")
            .args(["s_server", "-accept", "127.0.0.1:0", "-rev", "-cert"])
            .arg(identity)
            .arg("-key")
            .arg(identity)
            .args(args)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let stdin = child.stdin.take().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        while !line.starts_with("ACCEPT ") {
            line.clear();
            assert!(lines.read_line(&mut line).unwrap() > 0, "s_server ended");
        }
        let address = line.trim_start_matches("ACCEPT ").trim().parse().unwrap();
        std::thread::spawn(move || std::io::copy(&mut lines, &mut std::io::sink()));
        Server { child, _stdin: stdin, address }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}
