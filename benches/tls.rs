//! TLS handshakes: ours, and OpenSSL's own `s_time` and `s_server`, with the same certificates: `make bench-tls`.
//!
//! - memory: both ends of ours in one thread, without sockets; the time of each end by itself. Medians.
//! - served: `openssl s_time` connects to a server of ours over TCP; CPU of the serving thread per handshake.
//! - s_server: `openssl s_time` connects to `openssl s_server`; CPU of each process per handshake.
//!
//! A verdict is part of each handshake of ours, on both ends; what it costs is also measured alone.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    reason = "a bench stops where the crate may not"
)]

#[path = "../tests/tls/certificates.rs"]
#[allow(dead_code, reason = "shared with the tests")]
mod certificates;
#[path = "support/machine.rs"]
#[allow(dead_code, unsafe_code, reason = "shared with the other benches; reads OpenSSL's version")]
mod machine;
#[path = "tls/processes.rs"]
mod processes;

use certificates::{Made, Wish, issue, issue_for, now, root};
use openssl::error::ErrorStack;
use openssl::pkey::PKey;
use openssl::rsa::Rsa;
use openssl::ssl::{SslRef, SslSessionRef};
use std::hint::black_box;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use voxseal::tls::{Direction, Policy, decide};
use voxseal::tls_openssl::{Connection, Context, Files, State, Verifier, Wanted, facts_of};
use zeroize::Zeroizing;

const NAME: &str = "pbx.test";

fn main() {
    let quick = !std::env::args().any(|argument| argument == "--bench");
    let count = if quick { 3 } else { 1500 };
    println!("{}\n{}", machine::describe(), machine::openssl());
    println!("\nµs of CPU per handshake; in parentheses handshakes per second of one core, at the server");
    println!("| | memory, server | memory, client | served | s_server, server | s_server, client |");
    println!("|---|---|---|---|---|---|");
    for (key, made) in [("P-256", Certificates::new(false)), ("RSA-2048", Certificates::new(true))] {
        for version in ["1.2", "1.3"] {
            for resumed in [false, true] {
                row(key, &made, version, resumed, count, quick);
            }
        }
    }
    policy(if quick { 10 } else { 20_000 });
}

struct Certificates {
    top: Made,
    leaf: Made,
}

impl Certificates {
    fn new(rsa: bool) -> Certificates {
        let key = || PKey::from_rsa(Rsa::generate(2048).unwrap()).unwrap();
        let wish = Wish::named(NAME);
        let authority = Wish { authority: true, ..Wish::named("Root") };
        let top = if rsa { issue_for(&authority, None, key()) } else { root("Root") };
        let leaf = if rsa { issue_for(&wish, Some(&top), key()) } else { issue(&wish, Some(&top)) };
        Certificates { top, leaf }
    }

    /// Certificate and key, as PEM.
    fn pem(&self) -> Vec<u8> {
        [self.leaf.certificate.to_pem().unwrap(), self.leaf.key.private_key_to_pem_pkcs8().unwrap()].concat()
    }
}

fn now_ms() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis() as u64
}

#[expect(unsafe_code, reason = "the binding cannot know that the contexts are one")]
fn resume(ssl: &mut SslRef, session: &SslSessionRef) -> Result<(), ErrorStack> {
    // SAFETY: `Resume` promises that the session is of the same context.
    unsafe { ssl.set_session(session) }
}

fn context(made: &Certificates, version: &str, resumed: bool) -> Context {
    let mut wanted = Wanted::default();
    wanted.inbound.identities = vec![Files { pem: vec![Zeroizing::new(made.pem())], ..Files::default() }];
    wanted.outbound.trust.pem.push(made.top.certificate.to_pem().unwrap());
    wanted.transport.set("min_version", version).unwrap();
    wanted.transport.set("max_version", version).unwrap();
    // Without a session to take, every handshake is a full one.
    wanted.transport.set("outbound_sessions", if resumed { "yes" } else { "no" }).unwrap();
    let context = Context::new(wanted, Some(resume));
    context.load(now()).unwrap_or_else(|fault| panic!("{fault}"));
    context
}

fn row(key: &str, made: &Certificates, version: &str, resumed: bool, count: usize, quick: bool) {
    let context = context(made, version, resumed);
    let (mut server, mut client) = (Vec::new(), Vec::new());
    for number in 0..=count {
        let [at_server, at_client] = shake(&context, resumed && number > 0);
        if number > 0 {
            server.push(at_server);
            client.push(at_client);
        }
    }
    let (server, client) = (median(server), median(client));
    let seconds = if quick { 1 } else { 3 };
    // s_time does not read the tickets of TLS 1.3, so it resumes none of its sessions.
    let told = (!(resumed && version == "1.3")).then(|| {
        let served = processes::served(&context, version, resumed, seconds);
        let (their_server, their_client) = processes::s_server(&made.pem(), version, resumed, seconds);
        format!("{} | {} | {their_client:.0}", rate(served), rate(their_server))
    });
    let told = told.unwrap_or_else(|| "– | – | –".to_owned());
    let kind = if resumed { "resumed" } else { "full" };
    println!("| TLS {version}, {key}, {kind} | {} | {client:.0} | {told} |", rate(server));
}

fn rate(micros: f64) -> String {
    format!("{micros:.0} ({:.0})", 1e6 / micros)
}

/// One handshake, and how many microseconds each end had of it.
fn shake(context: &Context, resumed: bool) -> [f64; 2] {
    let mut spent = [Duration::ZERO; 2];
    let mut piece = [0; 16_384];
    let mut ends = [
        timed(&mut spent[0], || context.connection(Direction::Inbound, None, now_ms()).unwrap()),
        timed(&mut spent[1], || context.connection(Direction::Outbound, Some(NAME), now_ms()).unwrap()),
    ];
    let mut from = 1;
    let mut quiet = 0;
    while quiet < 2 {
        let len = timed(&mut spent[from], || ends[from].take(&mut piece));
        let to = 1 - from;
        quiet = if len > 0 { 0 } else { quiet + 1 };
        if len > 0 {
            timed(&mut spent[to], || ends[to].feed(&piece[..len], now_ms()).unwrap());
        }
        from = to;
    }
    let done =
        |end: &Connection| end.state() == State::Established && end.facts().unwrap().resumed == resumed;
    assert!(ends.iter().all(done), "not the handshake that was meant");
    spent.map(|time| time.as_secs_f64() * 1e6)
}

fn timed<T>(spent: &mut Duration, work: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let result = work();
    *spent += start.elapsed();
    result
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// What the policy adds to a handshake: facts, and the verdict on them.
fn policy(count: usize) {
    let made = Certificates::new(false);
    let context = context(&made, "1.3", false);
    let mut client = context.connection(Direction::Outbound, Some(NAME), now_ms()).unwrap();
    let mut server = context.connection(Direction::Inbound, None, now_ms()).unwrap();
    let mut piece = [0; 16_384];
    while client.state() == State::Handshaking || server.state() == State::Handshaking {
        let len = client.take(&mut piece);
        server.feed(&piece[..len], now_ms()).unwrap();
        let len = server.take(&mut piece);
        client.feed(&piece[..len], now_ms()).unwrap();
    }
    let (verifier, rules) = (Verifier::default(), Policy::default());
    let facts = || facts_of(client.ssl(), &verifier, Direction::Outbound, Some(NAME), Some(now()));
    let each = |work: &dyn Fn()| {
        let once = |_| {
            let mut spent = Duration::ZERO;
            timed(&mut spent, work);
            spent.as_secs_f64() * 1e6
        };
        median((0..count).map(once).collect())
    };
    let gathering = each(&|| drop(black_box(facts())));
    let known = facts();
    let deciding = each(&|| drop(black_box(decide(&rules, &known))));
    println!(
        "\nthe policy, of a handshake with a certificate: facts {gathering:.1} µs, verdict {deciding:.1} µs"
    );
}
