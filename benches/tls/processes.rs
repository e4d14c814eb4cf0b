//! OpenSSL's own programs as peers.

use super::now_ms;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use voxseal::tls::Direction;
use voxseal::tls_openssl::Context;

/// What the kernel counts CPU time of other processes in, per second.
const TICKS: f64 = 100.0;

/// CPU microseconds of our serving thread per handshake of `s_time`'s.
pub fn served(context: &Context, version: &str, resumed: bool, seconds: u32) -> f64 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::scope(|scope| {
        let server = scope.spawn(move || {
            let before = thread_cpu();
            let mut count = 0;
            loop {
                let (socket, _) = listener.accept().unwrap();
                if !serve(context, socket) {
                    break (thread_cpu() - before) / f64::from(count) / 1e3;
                }
                count += 1;
            }
        });
        s_time(&address.to_string(), version, resumed, seconds);
        // A connection that says nothing ends the server.
        drop(TcpStream::connect(address).unwrap());
        server.join().unwrap()
    })
}

/// Serves one connection to its end; false when there was no hello.
fn serve(context: &Context, mut socket: TcpStream) -> bool {
    let mut connection = context.connection(Direction::Inbound, None, now_ms()).unwrap();
    let mut piece = [0; 16_384];
    let mut heard = false;
    loop {
        match socket.read(&mut piece) {
            Ok(0) | Err(_) => return heard,
            Ok(len) => {
                heard = true;
                let fed = connection.feed(&piece[..len], now_ms());
                let len = connection.take(&mut piece);
                if socket.write_all(&piece[..len]).is_err() || fed.is_err() {
                    return heard;
                }
            }
        }
    }
}

/// Nanoseconds that this thread has run.
fn thread_cpu() -> f64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    text.split(' ').next().unwrap().parse().unwrap()
}

/// CPU microseconds per handshake of `s_server` and of `s_time`.
pub fn s_server(pem: &[u8], version: &str, resumed: bool, seconds: u32) -> (f64, f64) {
    let identity = Identity::new(pem);
    let mut child = Command::new("openssl")
        .args(["s_server", "-accept", "127.0.0.1:0", "-cert"])
        .arg(&identity.0)
        .arg("-key")
        .arg(&identity.0)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    while !line.starts_with("ACCEPT ") {
        line.clear();
        assert!(lines.read_line(&mut line).unwrap() > 0, "s_server ended");
    }
    let address = line.trim_start_matches("ACCEPT ").trim().to_owned();
    let reader = std::thread::spawn(move || std::io::copy(&mut lines, &mut std::io::sink()));
    let before = process_cpu(&child);
    let (count, client) = s_time(&address, version, resumed, seconds);
    let server = process_cpu(&child) - before;
    child.kill().unwrap();
    child.wait().unwrap();
    reader.join().unwrap().unwrap();
    (server / count * 1e6, client / count * 1e6)
}

/// Seconds that another process has run.
fn process_cpu(child: &Child) -> f64 {
    let text = std::fs::read_to_string(format!("/proc/{}/stat", child.id())).unwrap();
    let fields: Vec<&str> = text.rsplit(") ").next().unwrap().split(' ').collect();
    let ticks: f64 = [11, 12].iter().map(|at| fields[*at].parse::<f64>().unwrap()).sum();
    ticks / TICKS
}

/// Connects for so long: how many handshakes, and seconds of CPU.
fn s_time(address: &str, version: &str, resumed: bool, seconds: u32) -> (f64, f64) {
    let output = Command::new("openssl")
        .args(["s_time", "-connect", address, "-time", &seconds.to_string()])
        .arg(if resumed { "-reuse" } else { "-new" })
        .arg(format!("-tls{}", version.replace('.', "_")))
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    // "123 connections in 0.45s; 273.33 connections/user sec, bytes read 0"
    let line = text.lines().find(|line| line.contains("connections/user sec")).unwrap_or_else(|| {
        panic!("s_time: {text}{}", String::from_utf8_lossy(&output.stderr));
    });
    let mut words = line.split(' ');
    let count = words.next().unwrap().parse().unwrap();
    let cpu = words.nth(2).unwrap().trim_end_matches("s;").parse().unwrap();
    (count, cpu)
}

/// A file that goes with the bench.
struct Identity(PathBuf);

impl Identity {
    fn new(pem: &[u8]) -> Identity {
        let path = std::env::temp_dir().join(format!("voxseal-bench-{}.pem", std::process::id()));
        std::fs::write(&path, pem).unwrap();
        Identity(path)
    }
}

impl Drop for Identity {
    fn drop(&mut self) {
        std::fs::remove_file(&self.0).unwrap();
    }
}
