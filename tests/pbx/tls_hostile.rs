//! A listener under attack: old and broken handshakes, and thousands that never end, while a call goes on.

use openssl::ssl::{HandshakeError, SslConnector, SslMethod};
use std::fs;
use std::io::{self, ErrorKind, Read, Write};
use std::net::TcpStream;
use voxseal_rig::caller::{Call, Caller, Offer};
use voxseal_rig::media::random_payload;
use voxseal_rig::pbx::{Module, Pbx, PbxConfig};
use voxseal_rig::scenarios::still_echoes;
use voxseal_rig::wait::{PATIENCE, wait_for};

fn start(name: &str, settings: &str) -> Pbx {
    let config = PbxConfig::new(name, Module::Ours).unwrap().with_companion();
    Pbx::start(config.with("voxseal.conf", settings)).unwrap()
}

fn echo_call(pbx: &Pbx) -> (Caller, Call) {
    // Its own handshake may take longer than these tests allow, on a busy machine.
    let mut caller = wait_for("a handshake", PATIENCE, || Ok(Caller::connect(pbx).ok())).unwrap();
    let offer = Offer::named(1, "AES_CM_128_HMAC_SHA1_80").unwrap();
    let mut call = caller.call("echo", &[offer]).unwrap();
    let sent = call.media.wait_for_first_echo().unwrap();
    assert!(call.media.echoed(&random_payload().unwrap(), &sent).unwrap());
    (caller, call)
}

fn end(pbx: Pbx, mut caller: Caller, mut call: Call) {
    still_echoes(&mut call.media).unwrap();
    caller.ua.bye(&mut call.dialog).unwrap();
    pbx.wait_until_idle().unwrap();
    pbx.stop().unwrap();
}

fn connect(pbx: &Pbx) -> TcpStream {
    let tcp = TcpStream::connect((pbx.config().ip(), pbx.config().ports.tls())).unwrap();
    tcp.set_read_timeout(Some(PATIENCE)).unwrap();
    tcp
}

/// A ClientHello of this version, 3.x on the wire, with ciphers that every version has.
fn old_hello(minor: u8) -> Vec<u8> {
    let random = [0x5a; 32];
    let body = [&[3, minor][..], &random, &[0, 0, 4, 0x00, 0x2f, 0x00, 0x35, 1, 0]].concat();
    let handshake = [&[1, 0, 0, body.len() as u8][..], &body].concat();
    [&[0x16, 3, minor.min(1), 0, handshake.len() as u8][..], &handshake].concat()
}

/// A peer that says nothing, and keeps what it is told.
#[derive(Debug, Default)]
struct Silence(Vec<u8>);

impl Read for Silence {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        Err(ErrorKind::WouldBlock.into())
    }
}

impl Write for Silence {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A ClientHello that the PBX goes on with.
fn good_hello() -> Vec<u8> {
    let connector = SslConnector::builder(SslMethod::tls_client()).unwrap().build();
    match connector.connect("127.0.0.1", Silence::default()) {
        Err(HandshakeError::WouldBlock(begun)) => begun.get_ref().0.clone(),
        _ => panic!("a handshake with nobody went on"),
    }
}

/// A ClientHello of SSL 2 (draft-hickman-netscape-ssl-00 §2.5).
fn hello_of_ssl2() -> Vec<u8> {
    let body = [&[1, 0, 2, 0, 6, 0, 0, 0, 16, 1, 0, 0x80, 7, 0, 0xc0][..], &[0x5a; 16]].concat();
    [&[0x80, body.len() as u8][..], &body].concat()
}

/// All that comes until the PBX closes; an end by a reset is one, too.
fn answer(tcp: &mut TcpStream) -> Vec<u8> {
    let mut bytes = Vec::new();
    match tcp.read_to_end(&mut bytes) {
        Ok(_) => {}
        Err(error) if error.kind() == ErrorKind::ConnectionReset => {}
        Err(error) => panic!("the PBX left the connection open: {error}"),
    }
    bytes
}

#[test]
fn old_versions_are_turned_away_without_a_handshake() {
    let pbx = start("old", "[tls]\n");
    let (caller, mut call) = echo_call(&pbx);
    let old = [hello_of_ssl2(), old_hello(0), old_hello(1), old_hello(2)];
    for (what, hello) in ["SSL 2", "SSL 3", "TLS 1.0", "TLS 1.1"].into_iter().zip(old) {
        let mut tcp = connect(&pbx);
        tcp.write_all(&hello).unwrap();
        let answer = answer(&mut tcp);
        // Nothing, or an alert: no handshake message.
        assert!(answer.is_empty() || answer[0] == 0x15, "{what}: {answer:02x?}");
        still_echoes(&mut call.media).unwrap();
    }
    pbx.wait_for_log("The TLS handshake of 127.0.0.1:", PATIENCE).unwrap();
    end(pbx, caller, call);
}

#[test]
fn truncated_and_random_bytes_change_nothing() {
    let pbx = start("garbage", "[tls]\nhandshake_timeout = 1\n");
    let (caller, mut call) = echo_call(&pbx);
    let good = good_hello();
    for len in (0..good.len()).step_by(3) {
        // Cut off; some are also left open, so that the PBX has to end them.
        let mut tcp = connect(&pbx);
        tcp.write_all(&good[..len]).unwrap();
        if len % 90 == 0 {
            answer(&mut tcp);
        }
    }
    let mut random = vec![0; 3000];
    for round in 0..300 {
        openssl::rand::rand_bytes(&mut random).unwrap();
        if round % 3 == 0 {
            // What looks like a record of a handshake gets further in.
            random[..5].copy_from_slice(&[0x16, 3, 1, 0x0b, 0x00]);
        }
        let mut tcp = connect(&pbx);
        // It may have been closed meanwhile.
        let _ = tcp.write_all(&random[..1 + round * 9]);
        if round % 50 == 0 {
            still_echoes(&mut call.media).unwrap();
        }
    }
    end(pbx, caller, call);
}

/// Open files of the PBX.
fn files(pbx: &Pbx) -> usize {
    fs::read_dir(format!("/proc/{}/fd", pbx.pid())).unwrap().count()
}

/// Memory that the PBX uses, in kB: what is free in it is given back first.
fn memory(pbx: &Pbx) -> usize {
    pbx.cli("malloc trim").unwrap();
    let status = fs::read_to_string(format!("/proc/{}/status", pbx.pid())).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

/// A handshake that is begun and goes no further, or an error when the PBX is at its limit: the host has a bounded number
/// of sockets, counts each for a moment after its end, and turns away whoever comes then.
fn begin(pbx: &Pbx, hello: &[u8], said: usize) -> io::Result<TcpStream> {
    let mut tcp = connect(pbx);
    tcp.write_all(&hello[..said])?;
    if said == hello.len() {
        // The host accepts one after the other, and its queue is short.
        tcp.read_exact(&mut [0])?;
    }
    Ok(tcp)
}

/// So many handshakes begun at the same time and left: nothing said at all, a part of a hello, or all of it and nothing
/// after.
fn leave_half_open(pbx: &Pbx, hello: &[u8], count: usize) {
    let mut open = Vec::new();
    let mut begun = 0;
    while begun < count {
        match begin(pbx, hello, [0, 20, hello.len()][begun % 3]) {
            Ok(tcp) => {
                open.push(tcp);
                begun += 1;
            }
            Err(_) => {
                open.clear();
                let again = || Ok(begin(pbx, hello, hello.len()).ok());
                wait_for("the PBX to take connections again", PATIENCE, again).unwrap();
            }
        }
    }
}

#[test]
fn ten_thousand_half_open_handshakes_leave_no_trace() {
    const AT_A_TIME: usize = 200;
    /// Between two looks: a leak of 8 kB for each connection, a tenth of what one holds, would be twice as much.
    const SLACK_KB: usize = 8_000;
    let pbx = start("flood", "[tls]\nhandshake_timeout = 2\n");
    let (caller, mut call) = echo_call(&pbx);
    let (before, hello) = (files(&pbx), good_hello());
    let settle = || {
        let closed = || Ok((files(&pbx) <= before).then_some(()));
        wait_for("the PBX to close them", PATIENCE, closed).unwrap();
    };
    let mut used = Vec::new();
    for round in 1..=10_000 / AT_A_TIME {
        leave_half_open(&pbx, &hello, AT_A_TIME);
        still_echoes(&mut call.media).unwrap();
        if round % 10 == 0 {
            settle();
            used.push(memory(&pbx));
        }
    }
    // How much is open at the same time depends on the machine, and so does the most that is ever used; a leak
    // would show between any two looks.
    let least = used.windows(2).map(|two| two[1].saturating_sub(two[0])).min().unwrap();
    assert!(least < SLACK_KB, "kB after each 2,000 half-open handshakes: {used:?}");
    end(pbx, caller, call);
}

#[test]
fn a_handshake_that_does_not_end_is_ended_at_its_deadline() {
    let pbx = start("deadline", "[tls]\nhandshake_timeout = 1\n");
    let (caller, mut call) = echo_call(&pbx);
    let hello = good_hello();
    for len in [0, 20] {
        let mut tcp = connect(&pbx);
        tcp.write_all(&hello[..len]).unwrap();
        answer(&mut tcp);
    }
    still_echoes(&mut call.media).unwrap();
    end(pbx, caller, call);
}
