//! A client of the manager interface that is not ours: panoramisk, from the Python Package Index.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;
use voxseal_rig::places::repository;
use voxseal_rig::wait::PATIENCE;

const LIBRARY: &str = "panoramisk==1.4";

/// The Python of an environment that has the library; made once.
fn python() -> PathBuf {
    static MAKING: Mutex<()> = Mutex::new(());
    let _one_at_a_time: MutexGuard<'_, ()> = MAKING.lock().unwrap_or_else(PoisonError::into_inner);
    let folder = repository().join("target/ami-client");
    let (python, stamp) = (folder.join("bin/python"), folder.join("stamp"));
    if fs::read_to_string(&stamp).is_ok_and(|text| text == LIBRARY) {
        return python;
    }
    let _ = fs::remove_dir_all(&folder);
    run(Command::new("python3").args(["-m", "venv"]).arg(&folder));
    run(Command::new(&python).args([
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        LIBRARY,
    ]));
    fs::write(stamp, LIBRARY).unwrap();
    python
}

fn run(command: &mut Command) {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}: run `make needs`"));
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
}

/// The client: what it prints comes line by line.
pub struct Client {
    child: Child,
    actions: ChildStdin,
    lines: Receiver<String>,
    /// All lines so far.
    pub seen: Vec<String>,
}

impl Client {
    pub fn connect(port: u16) -> Client {
        let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/pbx/ami_client.py");
        let mut command = Command::new(python());
        command.arg(program).arg(port.to_string()).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let (sender, lines) = channel();
        let output = BufReader::new(child.stdout.take().unwrap());
        std::thread::spawn(move || {
            output.lines().map_while(Result::ok).try_for_each(|line| sender.send(line))
        });
        let actions = child.stdin.take().unwrap();
        let mut client = Client { child, actions, lines, seen: Vec::new() };
        // It hears events once it has an answer.
        client.act(r#"{"Action": "Ping"}"#);
        client
    }

    /// Waits for a line with all of these parts, which may have come already.
    pub fn wait(&mut self, parts: &[&str]) -> String {
        let wanted = |line: &String| parts.iter().all(|part| line.contains(part));
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(line) = self.seen.iter().find(|line| wanted(line)) {
                return line.clone();
            }
            let left = deadline.saturating_duration_since(Instant::now());
            let line = self.lines.recv_timeout(left);
            self.seen
                .push(line.unwrap_or_else(|_| panic!("no line with {parts:?} in\n{}", self.seen.join("\n"))));
        }
    }

    pub fn event(&mut self, name: &str, parts: &[&str]) -> String {
        let name = format!("\"Event\": \"{name}\"");
        self.wait(&[&[r#"{"event": "#, &*name], parts].concat())
    }

    /// Sends an action and gives all lines up to its end.
    pub fn act(&mut self, action: &str) -> String {
        writeln!(self.actions, "{action}").unwrap();
        let from = self.seen.len();
        loop {
            let line = self.lines.recv_timeout(PATIENCE);
            self.seen.push(line.unwrap_or_else(|_| panic!("no answer to {action}")));
            if self.seen.last().unwrap().starts_with(r#"{"done""#) {
                return self.seen[from..].join("\n");
            }
        }
    }

    pub fn count(&self, event: &str) -> usize {
        let name = format!("\"Event\": \"{event}\"");
        self.seen.iter().filter(|line| line.starts_with(r#"{"event""#) && line.contains(&name)).count()
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
