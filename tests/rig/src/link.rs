//! What SIP messages travel over: a TLS connection or UDP.

use crate::Result;
use openssl::ssl::{ErrorCode, SslStream};
use std::io::{ErrorKind, Write};
use std::net::{TcpStream, UdpSocket};
use std::time::Duration;

/// A way to the PBX and back.
pub enum Link {
    /// One connection.
    Tls(SslStream<TcpStream>),
    /// A socket that hears the PBX alone. Nothing is sent again, as nothing is lost on loopback.
    Udp(UdpSocket),
}

impl Link {
    /// UDP to a PBX.
    pub fn udp(ip: &str, port: u16) -> Result<Link> {
        let socket = UdpSocket::bind((ip, 0))?;
        socket.connect((ip, port))?;
        Ok(Link::Udp(socket))
    }

    /// The transport's name in a URI.
    pub fn name(&self) -> &'static str {
        match self {
            Link::Tls(_) => "tls",
            Link::Udp(_) => "udp",
        }
    }

    /// Its own address and port.
    pub fn local(&self) -> Result<String> {
        let address = match self {
            Link::Tls(stream) => stream.get_ref().local_addr(),
            Link::Udp(socket) => socket.local_addr(),
        };
        Ok(address?.to_string())
    }

    /// Sends bytes as they are.
    pub fn send(&mut self, bytes: &[u8]) -> Result<()> {
        match self {
            Link::Tls(stream) => stream.write_all(bytes)?,
            Link::Udp(socket) => drop(socket.send(bytes)?),
        }
        Ok(())
    }

    /// Adds what came in time, if anything did; an error when the connection was closed.
    pub fn receive(&mut self, received: &mut Vec<u8>, at_most: Duration) -> Result<()> {
        let mut bytes = [0; 65_536];
        match self {
            Link::Tls(stream) => {
                stream.get_ref().set_read_timeout(Some(at_most))?;
                match stream.ssl_read(&mut bytes) {
                    Ok(len) => received.extend_from_slice(&bytes[..len]),
                    Err(error) if error.code() == ErrorCode::WANT_READ => {}
                    Err(error) => return Err(format!("the PBX closed the connection: {error}").into()),
                }
            }
            Link::Udp(socket) => {
                socket.set_read_timeout(Some(at_most))?;
                match socket.recv(&mut bytes) {
                    Ok(len) => received.extend_from_slice(&bytes[..len]),
                    Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
                    Err(error) => return Err(error.into()),
                }
            }
        }
        Ok(())
    }
}
