//! Runs `voxseal-cert`, and OpenSSL's own command to look at what it made.

use crate::Result;
use crate::places::{cert_tool, fresh_folder};
use std::fs::{self, Permissions};
use std::io::{BufRead, BufReader};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Output, Stdio};

/// `voxseal-cert` in a folder of its own, which goes with this value.
#[derive(Debug)]
pub struct Tool {
    program: PathBuf,
    folder: PathBuf,
}

/// What a command said.
#[derive(Debug)]
pub struct Said {
    /// Its status.
    pub code: i32,
    /// Its output.
    pub out: String,
    /// Its notices and faults.
    pub err: String,
}

impl Said {
    fn from(output: Output) -> Said {
        let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
        Said {
            code: output.status.code().unwrap_or(-1),
            out: text(&output.stdout),
            err: text(&output.stderr),
        }
    }

    /// Fails unless the command did.
    pub fn good(self) -> Result<Said> {
        if self.code == 0 {
            Ok(self)
        } else {
            Err(format!("status {}: {}", self.code, self.err.trim()).into())
        }
    }

    /// Fails unless the command ended with status 1 and one sentence for each of these words, which has it.
    pub fn faults(&self, words: &[&str]) -> Result<()> {
        let sentences: Vec<&str> = self.err.lines().collect();
        let fits = sentences.len() == words.len()
            && sentences
                .iter()
                .zip(words)
                .all(|(line, word)| line.starts_with("voxseal-cert: ") && line.contains(word));
        if self.code == 1 && fits { Ok(()) } else { Err(format!("expected {words:?}: {self:?}").into()) }
    }
}

impl Tool {
    /// What `make cert` built.
    pub fn new(name: &str) -> Result<Tool> {
        Ok(Tool { program: cert_tool()?, folder: fresh_folder(name)? })
    }

    /// This program.
    pub fn at(program: &str, name: &str) -> Result<Tool> {
        Ok(Tool { program: program.into(), folder: fresh_folder(name)? })
    }

    /// Runs it in its folder with these words, separated by blanks.
    pub fn run(&self, words: &str) -> Result<Said> {
        let words: Vec<&str> = words.split(' ').collect();
        Ok(Said::from(Command::new(&self.program).args(words).current_dir(&self.folder).output()?))
    }

    /// The same for words that must work.
    pub fn make(&self, words: &str) -> Result<Said> {
        self.run(words)?.good().map_err(|error| format!("voxseal-cert {words}: {error}").into())
    }

    /// Runs OpenSSL's command in the same folder.
    pub fn openssl(&self, words: &str) -> Result<String> {
        let words: Vec<&str> = words.split(' ').collect();
        let output = Command::new("openssl").args(&words).current_dir(&self.folder).output()?;
        let said =
            Said::from(output).good().map_err(|error| format!("openssl {}: {error}", words.join(" ")))?;
        Ok(said.out)
    }

    /// OpenSSL's TLS server with these words, on a port of its own.
    pub fn openssl_server(&self, words: &str) -> Result<Server> {
        let mut child = Command::new("openssl")
            .args(["s_server", "-accept", "127.0.0.1:0", "-naccept", "1"])
            .args(words.split(' '))
            .current_dir(&self.folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let output = BufReader::new(child.stdout.take().ok_or("no output")?);
        let mut server = Server { child, output, port: 0 };
        let mut line = String::new();
        while server.output.read_line(&mut line)? > 0 {
            // "ACCEPT 127.0.0.1:40123"
            if let Some(port) =
                line.strip_prefix("ACCEPT ").and_then(|at| at.trim().rsplit(':').next()?.parse().ok())
            {
                server.port = port;
                return Ok(server);
            }
            line.clear();
        }
        Err("openssl s_server did not say where it listens".into())
    }

    /// A file in the folder.
    pub fn file(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// The text of a file in the folder.
    pub fn read(&self, name: &str) -> Result<String> {
        Ok(fs::read_to_string(self.file(name))?)
    }

    /// Puts these files of the folder together in a new one, which only its owner may read.
    pub fn join(&self, name: &str, parts: &[&str]) -> Result<()> {
        let parts: Vec<String> = parts.iter().map(|part| self.read(part)).collect::<Result<_>>()?;
        fs::write(self.file(name), parts.concat())?;
        self.set_mode(name, 0o600)
    }

    /// The rights of a file in the folder.
    pub fn mode(&self, name: &str) -> Result<u32> {
        Ok(fs::metadata(self.file(name))?.mode() & 0o7777)
    }

    /// Changes the rights of a file in the folder.
    pub fn set_mode(&self, name: &str, mode: u32) -> Result<()> {
        Ok(fs::set_permissions(self.file(name), Permissions::from_mode(mode))?)
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }
}

impl Drop for Tool {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// A running `openssl s_server`; it ends with this value.
#[derive(Debug)]
pub struct Server {
    child: Child,
    /// Held open, as it writes there what it sees.
    output: BufReader<ChildStdout>,
    /// Where it listens.
    pub port: u16,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
