//! A client of the manager interface that reads and writes lines, for what needs no library.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use voxseal_rig::pbx::Pbx;
use voxseal_rig::wait::PATIENCE;

/// One who is logged in to a PBX `with_manager`.
pub struct Manager(BufReader<TcpStream>);

impl Manager {
    pub fn log_in(pbx: &Pbx) -> Manager {
        let tcp = TcpStream::connect(("127.0.0.1", pbx.config().ports.manager())).unwrap();
        tcp.set_read_timeout(Some(PATIENCE)).unwrap();
        let mut manager = Manager(BufReader::new(tcp));
        manager.act("Login", "Username: test\r\nSecret: test\r\n");
        manager.line_with("Authentication accepted");
        manager
    }

    /// Sends an action with these lines.
    pub fn act(&mut self, action: &str, lines: &str) {
        self.0.get_mut().write_all(format!("Action: {action}\r\n{lines}\r\n").as_bytes()).unwrap();
    }

    /// Waits for a line with this text in it; those before it are passed over.
    pub fn line_with(&mut self, text: &str) -> String {
        loop {
            let mut line = String::new();
            let len = self.0.read_line(&mut line).unwrap();
            assert_ne!(len, 0, "the manager's connection ended before {text}");
            if line.contains(text) {
                return line.trim().to_owned();
            }
        }
    }
}
