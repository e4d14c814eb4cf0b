//! Addresses and ports: a block of ports for each PBX, and a network of its own for phones that refuse loopback.
#![allow(unsafe_code)]

use crate::Result;
use std::collections::VecDeque;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead, BufReader};
use std::net::{TcpListener, UdpSocket};
use std::os::fd::AsRawFd;
use std::os::unix::fs::MetadataExt;
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Arc, Mutex};

/// A block of ports that nobody else uses.
#[derive(Debug, Clone, Copy)]
pub struct Ports {
    /// First port of the block.
    pub base: u16,
    len: u16,
}

const BLOCK: u16 = 50;
const FIRST: u16 = 16_000;
/// Below the range from which Linux picks ports for outgoing connections.
const BLOCKS: u16 = 320;
/// How many claims on blocks are held: more than are made while a PBX starts.
const HELD: usize = 40;
static NEXT: AtomicU16 = AtomicU16::new(0);

impl Ports {
    /// The next block of this process in which every port is free now. Processes begin at different places.
    pub fn reserve() -> Result<Ports> {
        Ports::reserve_blocks(1)
    }

    /// The same for so many blocks in a row, for a PBX with many calls at a time.
    pub fn reserve_blocks(count: u16) -> Result<Ports> {
        let offset = (std::process::id() % u32::from(BLOCKS)) as u16;
        for _ in 0..BLOCKS {
            let nth = offset.wrapping_mul(7).wrapping_add(NEXT.fetch_add(count, Ordering::Relaxed)) % BLOCKS;
            let ports = Ports { base: FIRST + nth * BLOCK, len: count * BLOCK };
            if nth + count <= BLOCKS && ports.are_claimed() && ports.all_free() {
                return Ok(ports);
            }
        }
        Err("there is no block of free ports between 16000 and 32000".into())
    }

    /// Claims every block before other processes, which would find its ports free until somebody listens there. The
    /// latest claims of this process are held: by the time of the last of them somebody does.
    fn are_claimed(self) -> bool {
        static CLAIMS: Mutex<VecDeque<File>> = Mutex::new(VecDeque::new());
        let folder = std::env::temp_dir().join("voxseal-rig-ports");
        let claimed = (self.base..self.base + self.len).step_by(BLOCK.into()).map(|base| {
            fs::create_dir_all(&folder)?;
            let file = OpenOptions::new().create(true).append(true).open(folder.join(base.to_string()))?;
            file.try_lock().map_err(io::Error::from)?;
            Ok(file)
        });
        let claimed: Vec<io::Result<File>> = claimed.collect();
        let of_another = |claim: &io::Result<File>| {
            claim.as_ref().is_err_and(|error| error.kind() == io::ErrorKind::WouldBlock)
        };
        if claimed.iter().any(of_another) {
            return false;
        }
        // Where no file can be made, as another user has made it, nobody is kept from the ports.
        if let Ok(mut claims) = CLAIMS.lock() {
            claims.extend(claimed.into_iter().flatten());
            let old = claims.len().saturating_sub(HELD);
            claims.drain(..old);
        }
        true
    }

    fn all_free(self) -> bool {
        [self.tls(), self.http(), self.https(), self.manager()]
            .iter()
            .all(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok())
            && (self.base..self.base + self.len).all(|port| UdpSocket::bind(("127.0.0.1", port)).is_ok())
    }

    /// SIP over TLS.
    pub fn tls(self) -> u16 {
        self.base
    }

    /// SIP over UDP.
    pub fn udp(self) -> u16 {
        self.base + 1
    }

    /// HTTP, for WebSockets in clear.
    pub fn http(self) -> u16 {
        self.base + 2
    }

    /// HTTP over TLS, for WebSockets.
    pub fn https(self) -> u16 {
        self.base + 3
    }

    /// The manager interface.
    pub fn manager(self) -> u16 {
        self.base + 4
    }

    /// First port for media.
    pub fn rtp_start(self) -> u16 {
        self.base + 10
    }

    /// Last port for media.
    pub fn rtp_end(self) -> u16 {
        self.base + self.len - 1
    }
}

/// A network namespace in which [`Net::IP`] is a plain address, not loopback. It ends with its last owner.
#[derive(Debug, Clone)]
pub struct Net {
    holder: Arc<Holder>,
}

#[derive(Debug)]
struct Holder {
    child: Child,
    /// The holder reads this pipe and ends when it closes, even if this process is killed.
    _open: ChildStdin,
}

const SET_UP: &str = "ip link set lo up && ip link add vox0 type veth peer name vox1 && ip link set vox1 up \
     && ip addr add 10.99.0.1/24 dev vox0 && ip link set vox0 up && echo ready && exec cat";

impl Net {
    /// The address of everybody in the namespace.
    pub const IP: &str = "10.99.0.1";
    /// The name of the interface that has it.
    pub const INTERFACE: &str = "vox0";

    /// Makes a namespace. Root is not needed where the kernel allows user namespaces.
    pub fn new() -> Result<Net> {
        let mut child = Command::new("unshare")
            .args(unshare_flags())
            .args(["sh", "-c", SET_UP])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("unshare (package util-linux): {error}"))?;
        let open = child.stdin.take().ok_or("unshare has no input")?;
        let mut line = String::new();
        BufReader::new(child.stdout.take().ok_or("unshare has no output")?).read_line(&mut line)?;
        if line != "ready\n" {
            let _ = child.kill();
            let _ = child.wait();
            return Err("no network namespace: unshare and ip (package iproute2) must work here".into());
        }
        Ok(Net { holder: Arc::new(Holder { child, _open: open }) })
    }

    /// Moves this thread, and no other, into the namespace: the sockets that it makes from now on are there.
    pub fn enter(&self) -> io::Result<()> {
        let namespace = File::open(format!("/proc/{}/ns/net", self.holder.child.id()))?;
        // SAFETY: plain system call on an open file, the result is checked.
        let status = unsafe { libc::setns(namespace.as_raw_fd(), libc::CLONE_NEWNET) };
        if status == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
    }

    /// A command that will run inside.
    pub fn command(&self, program: &std::path::Path) -> Command {
        let mut command = Command::new("nsenter");
        if !is_root() {
            command.args(["--preserve-credentials", "-U"]);
        }
        command.args(["-n", "-t", &self.holder.child.id().to_string()]).arg(program);
        command
    }
}

/// Root needs no user namespace, and may not have one inside a chroot.
fn unshare_flags() -> &'static [&'static str] {
    if is_root() { &["--net"] } else { &["--net", "--map-root-user"] }
}

fn is_root() -> bool {
    std::fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0)
}

/// Runs this program again in a namespace of its own, where it is root and may look at the wire.
pub fn run_again_inside() -> Result<ExitStatus> {
    let inside = "VOXSEAL_RIG_INSIDE";
    if std::env::var_os(inside).is_some() {
        return Err("user namespaces do not help here: run this as root".into());
    }
    let mut command = Command::new("unshare");
    command
        .args(["--net", "--map-root-user", "sh", "-c", "ip link set lo up && exec \"$0\""])
        .arg(std::env::current_exe()?);
    Ok(command
        .env(inside, "yes")
        .status()
        .map_err(|error| format!("unshare (package util-linux): {error}"))?)
}

impl Drop for Holder {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_that_is_claimed_already_is_nobody_else_s() {
        let ports = Ports::reserve().unwrap();
        assert!(ports.all_free() && !ports.are_claimed());
        assert_ne!(Ports::reserve().unwrap().base, ports.base);
    }
}
