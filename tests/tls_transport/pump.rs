//! A host: sockets on one side of a connection, plaintext on the other.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::time::{SystemTime, UNIX_EPOCH};
use voxseal::error::Error;
use voxseal::tls::Direction;
use voxseal::tls_openssl::{Connection, Context, Event, State};

pub fn now_ms() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis() as u64
}

/// How a connection ended.
#[derive(Debug)]
pub struct Ended {
    /// Why it did.
    pub error: Error,
    pub resumed: bool,
    pub version: u32,
    pub server_name: Option<String>,
    pub reason: Option<String>,
    /// Plaintext that came.
    pub received: Vec<u8>,
    /// Alerts: sent, number.
    pub alerts: Vec<(bool, u8)>,
}

/// Sends what is to be sent, and sees what happens; a peer that has gone is seen when
/// it is read from.
pub fn flush(connection: &mut Connection, socket: &mut TcpStream) {
    let mut piece = [0; 4096];
    loop {
        let count = connection.take(&mut piece);
        if count == 0 || socket.write_all(&piece[..count]).is_err() {
            return;
        }
    }
}

/// Moves bytes until the connection ends; `work` is called with the plaintext that has
/// come so far, whenever there may be more, and closes the connection when it returns
/// false.
pub fn pump(
    mut connection: Connection,
    mut socket: TcpStream,
    mut work: impl FnMut(&mut Connection, &[u8]) -> bool,
) -> Ended {
    let mut received = Vec::new();
    let mut alerts = Vec::new();
    let mut piece = [0; 4096];
    let error = loop {
        flush(&mut connection, &mut socket);
        let fed = match socket.read(&mut piece) {
            Ok(0) => connection.end(),
            Ok(count) => connection.feed(&piece[..count], now_ms()),
            Err(error) if error.kind() == ErrorKind::ConnectionReset => connection.end(),
            Err(error) => panic!("{error}"),
        };
        let done = fed.and_then(|()| read_all(&mut connection, &mut received));
        if let Err(error) = done {
            break error;
        }
        if connection.state() == State::Established && !work(&mut connection, &received) {
            connection.close();
            break Error::TlsClosed;
        }
    };
    flush(&mut connection, &mut socket);
    alerts.extend(connection.take_events().into_iter().filter_map(|event| match event {
        Event::Alert { sent, number } => Some((sent, number)),
        _ => None,
    }));
    Ended {
        error,
        resumed: connection.facts().is_some_and(|facts| facts.resumed),
        version: connection.facts().map_or(0, |facts| facts.version.0),
        server_name: connection.server_name().map(str::to_owned),
        reason: connection.verdict().map(|verdict| verdict.reason.clone()),
        received,
        alerts,
    }
}

fn read_all(connection: &mut Connection, received: &mut Vec<u8>) -> Result<(), Error> {
    let mut piece = [0; 4096];
    while connection.state() != State::Handshaking {
        match connection.read(&mut piece)? {
            0 => break,
            count => received.extend_from_slice(&piece[..count]),
        }
    }
    Ok(())
}

/// Serves as many connections as asked for, one after the other, and echoes.
pub fn echo(context: &Arc<Context>, connections: usize) -> (SocketAddr, Receiver<Ended>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let (report, reports) = channel();
    let context = Arc::clone(context);
    std::thread::spawn(move || {
        for _ in 0..connections {
            let (socket, _) = listener.accept().unwrap();
            let connection = context.connection(Direction::Inbound, None, now_ms()).unwrap();
            let mut echoed = 0;
            let ended = pump(connection, socket, |connection, received| {
                connection.write(&received[echoed..]).unwrap();
                echoed = received.len();
                true
            });
            report.send(ended).unwrap();
        }
    });
    (address, reports)
}

/// Connects to a server as a client that says something and waits for the answer.
pub fn say(context: &Context, address: SocketAddr, name: &str, text: &[u8]) -> Ended {
    let connection = context.connection(Direction::Outbound, Some(name), now_ms()).unwrap();
    let socket = TcpStream::connect(address).unwrap();
    let mut said = false;
    pump(connection, socket, |connection, received| {
        if !said {
            said = true;
            connection.write(text).unwrap();
        }
        !received.ends_with(b"\n")
    })
}
