//! Looks at the wire: every UDP datagram from or to some ports, whoever sent it. On one machine all of them pass the
//! loopback, also those to the machine's other addresses.
//!
//! Needs root (CAP_NET_RAW).
#![allow(unsafe_code)]

use crate::Result;
use crate::net::Net;
use crate::tone::{Heard, heard_in_ulaw};
use std::collections::HashSet;
use std::fs::File;
use std::io::Read;
use std::net::UdpSocket;
use std::ops::RangeInclusive;
use std::os::fd::FromRawFd;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::thread::JoinHandle;
use std::{io, mem};

/// One datagram.
#[derive(Debug, Clone)]
pub struct Datagram {
    /// Port it came from.
    pub from: u16,
    /// Port it went to.
    pub to: u16,
    /// Its bytes after the UDP header.
    pub payload: Vec<u8>,
}

/// A capture under way.
pub struct Sniffer {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<io::Result<Vec<Datagram>>>,
}

/// A capture that has ended.
#[derive(Debug)]
pub struct Capture {
    /// All datagrams, in order.
    pub datagrams: Vec<Datagram>,
}

impl Sniffer {
    /// Whether this process may look at the wire.
    pub fn is_allowed() -> bool {
        loopback_socket().is_ok()
    }

    /// Starts to capture datagrams from or to these ports, in a network of its own or in the one all share.
    pub fn start(net: Option<&Net>, ports: &[RangeInclusive<u16>]) -> Result<Sniffer> {
        let net = net.cloned();
        let ports = ports.to_vec();
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let (tell, ready) = mpsc::channel();
        let thread = std::thread::spawn(move || {
            let socket = net.map_or(Ok(()), |net| net.enter()).and_then(|()| loopback_socket());
            let (socket, result) = match socket {
                Ok(socket) => (Some(socket), Ok(())),
                Err(error) => (None, Err(error)),
            };
            let _ = tell.send(result);
            socket.map_or_else(|| Ok(Vec::new()), |socket| capture(socket, &ports, &stopped))
        });
        ready
            .recv()?
            .map_err(|error| format!("cannot look at the wire ({error}): this needs root or CAP_NET_RAW"))?;
        Ok(Sniffer { stop, thread })
    }

    /// Ends the capture.
    pub fn stop(self) -> Result<Capture> {
        self.stop.store(true, Ordering::Relaxed);
        let datagrams = self.thread.join().map_err(|_| "the sniffer failed")??;
        Ok(Capture { datagrams })
    }
}

/// How many bytes of a payload in a row count as the payload.
const WINDOW: usize = 8;

impl Capture {
    /// Fails if any eight bytes in a row of any payload are anywhere in any datagram, or if the capture is too short
    /// to prove anything.
    pub fn assert_never_clear(&self, payloads: &[Vec<u8>], at_least: usize) -> Result<()> {
        if self.datagrams.len() < at_least {
            return Err(format!("{} datagrams on the wire, not {at_least}", self.datagrams.len()).into());
        }
        let clear: HashSet<&[u8]> = payloads.iter().flat_map(|payload| payload.windows(WINDOW)).collect();
        match self.datagrams.iter().find(|one| one.payload.windows(WINDOW).any(|part| clear.contains(part))) {
            None => Ok(()),
            Some(one) => {
                Err(format!("media in clear on the wire, from port {} to {}", one.from, one.to).into())
            }
        }
    }

    /// What went to one port.
    pub fn towards(&self, port: u16) -> Capture {
        Capture { datagrams: self.datagrams.iter().filter(|one| one.to == port).cloned().collect() }
    }

    /// Listens to what went from some ports as if it were µ-law in clear: the share must be next to nothing.
    pub fn heard_on_the_wire(&self, from: RangeInclusive<u16>, hz: u32) -> Heard {
        let audio = self.datagrams.iter().filter(|one| from.contains(&one.from) && one.payload.len() >= 172);
        let bytes: Vec<u8> = audio.flat_map(|one| one.payload[12..172].to_vec()).collect();
        heard_in_ulaw(&bytes, hz)
    }
}

fn capture(socket: File, ports: &[RangeInclusive<u16>], stop: &AtomicBool) -> io::Result<Vec<Datagram>> {
    let mut datagrams = Vec::new();
    each_datagram(socket, stop, |one| {
        if ports.iter().any(|range| range.contains(&one.from) || range.contains(&one.to)) {
            datagrams.push(one);
        }
    })?;
    Ok(datagrams)
}

/// Hands over every datagram on the wire, up to the last one that was sent before `stop` was set.
pub(crate) fn each_datagram(
    mut socket: File,
    stop: &AtomicBool,
    mut take: impl FnMut(Datagram),
) -> io::Result<()> {
    let mut bytes = vec![0; 65_536];
    // The wire may never be still: a datagram of our own, to its own port, marks the end.
    let mut marker: Option<UdpSocket> = None;
    let mut marked = 0;
    loop {
        if marker.is_none() && stop.load(Ordering::Relaxed) {
            let own = UdpSocket::bind("127.0.0.1:0")?;
            marked = own.local_addr()?.port();
            own.send_to(b"end", ("127.0.0.1", marked))?;
            marker = Some(own);
        }
        match socket.read(&mut bytes) {
            Ok(len) => match parse(&bytes[..len]) {
                Some(one) if marker.is_some() && one.from == marked && one.to == marked => return Ok(()),
                Some(one) => take(one),
                None => {}
            },
            Err(error) if error.kind() != io::ErrorKind::WouldBlock => return Err(error),
            // A still wire is an end as well, should the marker have found the buffer full.
            Err(_) if marker.is_some() => return Ok(()),
            Err(_) => {}
        }
    }
}

/// An IPv4 packet with UDP in it.
fn parse(packet: &[u8]) -> Option<Datagram> {
    let header_len = usize::from(packet.first()? & 0x0f) * 4;
    if packet[0] >> 4 != 4 || *packet.get(9)? != 17 {
        return None;
    }
    let udp = packet.get(header_len..)?;
    let port = |at: usize| Some(u16::from_be_bytes([*udp.get(at)?, *udp.get(at + 1)?]));
    Some(Datagram { from: port(0)?, to: port(2)?, payload: udp.get(8..)?.to_vec() })
}

/// A packet socket on `lo` that reads for 20 ms at a time. Asking for IPv4 only shows each packet once, coming in.
pub(crate) fn loopback_socket() -> io::Result<File> {
    let protocol = (libc::ETH_P_IP as u16).to_be();
    // SAFETY: plain system call, the result is checked.
    let fd = unsafe { libc::socket(libc::AF_PACKET, libc::SOCK_DGRAM, i32::from(protocol)) };
    if fd < 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: a file descriptor that was just made and that nobody else owns.
    let socket = unsafe { File::from_raw_fd(fd) };
    // SAFETY: the name ends with a zero byte.
    let index = unsafe { libc::if_nametoindex(c"lo".as_ptr()) };
    // SAFETY: all-zero is a valid value of this struct of integers.
    let mut address: libc::sockaddr_ll = unsafe { mem::zeroed() };
    address.sll_family = libc::AF_PACKET as u16;
    address.sll_protocol = protocol;
    address.sll_ifindex = index as i32;
    // SAFETY: pointer and length of a struct that lives during the call.
    let bound = unsafe { libc::bind(fd, (&raw const address).cast(), mem::size_of_val(&address) as u32) };
    if bound != 0 {
        return Err(io::Error::last_os_error());
    }
    let pause = libc::timeval { tv_sec: 0, tv_usec: 20_000 };
    set_option(fd, libc::SO_RCVTIMEO, &pause)?;
    // A larger buffer is welcome but not needed, and only the machine's root may have it.
    let _ = set_option(fd, libc::SO_RCVBUFFORCE, &(16_i32 << 20));
    Ok(socket)
}

fn set_option<T>(fd: i32, option: i32, value: &T) -> io::Result<()> {
    let len = mem::size_of::<T>() as u32;
    // SAFETY: pointer and length of a value that lives during the call.
    let status = unsafe { libc::setsockopt(fd, libc::SOL_SOCKET, option, (&raw const *value).cast(), len) };
    if status == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_payload_in_clear_is_found_and_another_is_not() {
        if !Sniffer::is_allowed() {
            crate::skip::skipped("looking at the wire needs root");
            return;
        }
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        let port = socket.local_addr().unwrap().port();
        let sniffer = Sniffer::start(None, &[port..=port]).unwrap();
        socket.send_to(b"0123456789 a payload in clear", ("127.0.0.1", port)).unwrap();
        let capture = sniffer.stop().unwrap();
        assert_eq!(capture.datagrams.len(), 1);
        assert!(capture.assert_never_clear(&[b"a payload in clear".to_vec()], 1).is_err());
        assert!(capture.assert_never_clear(&[b"something else".to_vec()], 1).is_ok());
        assert!(capture.assert_never_clear(&[b"something else".to_vec()], 2).is_err());
    }
}
