//! Looks at the wire for as long as one likes, and keeps nothing but the count of what should not be there.

use crate::Result;
use crate::sniff::{each_datagram, loopback_socket};
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::JoinHandle;

/// What was seen so far.
#[derive(Debug, Default)]
pub struct Seen {
    /// Datagrams from or to the ports.
    pub datagrams: AtomicU64,
    /// Of these: to the ports.
    pub towards: AtomicU64,
    /// Of all: with the needle in them.
    pub clear: AtomicU64,
}

/// A look at the wire under way.
pub struct Watch {
    /// What was seen so far.
    pub seen: Arc<Seen>,
    stop: Arc<AtomicBool>,
    thread: JoinHandle<std::io::Result<()>>,
}

impl Watch {
    /// Starts to look for these bytes in every datagram from or to these ports.
    pub fn start(ports: RangeInclusive<u16>, needle: [u8; 8]) -> Result<Watch> {
        let socket = loopback_socket()
            .map_err(|error| format!("cannot look at the wire ({error}): this needs root or CAP_NET_RAW"))?;
        let (seen, stop) = (Arc::new(Seen::default()), Arc::new(AtomicBool::new(false)));
        let (counts, stopped) = (Arc::clone(&seen), Arc::clone(&stop));
        let thread = std::thread::spawn(move || {
            each_datagram(socket, &stopped, |one| {
                if ports.contains(&one.from) || ports.contains(&one.to) {
                    counts.datagrams.fetch_add(1, Ordering::Relaxed);
                    counts.towards.fetch_add(u64::from(ports.contains(&one.to)), Ordering::Relaxed);
                    let clear = one.payload.windows(needle.len()).any(|part| part == needle);
                    counts.clear.fetch_add(u64::from(clear), Ordering::Relaxed);
                }
            })
        });
        Ok(Watch { seen, stop, thread })
    }

    /// Ends it.
    pub fn stop(self) -> Result<Arc<Seen>> {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.join().map_err(|_| "the look at the wire failed")??;
        Ok(self.seen)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sniff::Sniffer;
    use std::net::UdpSocket;

    #[test]
    fn the_needle_is_found_and_only_in_datagrams_of_the_ports() {
        if !Sniffer::is_allowed() {
            crate::skip::skipped("looking at the wire needs root");
            return;
        }
        let sockets = [(); 2].map(|()| UdpSocket::bind("127.0.0.1:0").unwrap());
        let [port, other] = [&sockets[0], &sockets[1]].map(|one| one.local_addr().unwrap().port());
        let watch = Watch::start(port..=port, *b"a needle").unwrap();
        for (text, to) in [("hay", port), ("hay with a needle", port), ("a needle elsewhere", other)] {
            UdpSocket::bind("127.0.0.1:0").unwrap().send_to(text.as_bytes(), ("127.0.0.1", to)).unwrap();
        }
        let seen = watch.stop().unwrap();
        assert_eq!(seen.datagrams.load(Ordering::Relaxed), 2);
        assert_eq!(seen.towards.load(Ordering::Relaxed), 2);
        assert_eq!(seen.clear.load(Ordering::Relaxed), 1);
    }
}
