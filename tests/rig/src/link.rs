//! What SIP messages travel over: a TLS connection, a WebSocket or UDP.

use crate::Result;
use crate::wait::PATIENCE;
use openssl::ssl::{ErrorCode, SslStream};
use std::io::{ErrorKind, Read, Write};
use std::net::{TcpStream, UdpSocket};
use std::time::Duration;
use tungstenite::client::IntoClientRequest;
use tungstenite::http::HeaderValue;
use tungstenite::{Error, Message, WebSocket};

/// What a WebSocket lies on: TCP or TLS.
pub trait Stream: Read + Write + Send {}
impl<S: Read + Write + Send> Stream for S {}

/// A way to the PBX and back.
pub enum Link {
    /// One connection.
    Tls(SslStream<TcpStream>),
    /// A socket that hears the PBX alone. Nothing is sent again, as nothing is lost on loopback.
    Udp(UdpSocket),
    /// A message in each frame (RFC 7118).
    WebSocket {
        /// The WebSocket.
        socket: Box<WebSocket<Box<dyn Stream>>>,
        /// The connection below it.
        tcp: TcpStream,
        /// `WS` or `WSS`, for Via.
        via: &'static str,
    },
}

impl Link {
    /// UDP to a PBX.
    pub fn udp(ip: &str, port: u16) -> Result<Link> {
        let socket = UdpSocket::bind((ip, 0))?;
        socket.connect((ip, port))?;
        Ok(Link::Udp(socket))
    }

    /// A WebSocket in clear to the HTTP server of a PBX.
    pub fn ws(ip: &str, port: u16) -> Result<Link> {
        let tcp = TcpStream::connect((ip, port))?;
        Link::web_socket(Box::new(tcp.try_clone()?), tcp, &format!("ws://{ip}:{port}/ws"), "WS")
    }

    /// The same on a TLS connection to it.
    pub fn wss(tls: SslStream<TcpStream>) -> Result<Link> {
        let tcp = tls.get_ref().try_clone()?;
        let uri = format!("wss://{}/ws", tcp.peer_addr()?);
        Link::web_socket(Box::new(tls), tcp, &uri, "WSS")
    }

    fn web_socket(stream: Box<dyn Stream>, tcp: TcpStream, uri: &str, via: &'static str) -> Result<Link> {
        let mut request = uri.into_client_request()?;
        request.headers_mut().insert("Sec-WebSocket-Protocol", HeaderValue::from_static("sip"));
        tcp.set_read_timeout(Some(PATIENCE))?;
        let (socket, _) = tungstenite::client(request, stream).map_err(|error| error.to_string())?;
        Ok(Link::WebSocket { socket: Box::new(socket), tcp, via })
    }

    /// The transport's name in a URI.
    pub fn name(&self) -> &'static str {
        match self {
            Link::Tls(_) => "tls",
            Link::Udp(_) => "udp",
            Link::WebSocket { .. } => "ws",
        }
    }

    /// The transport's name in Via.
    pub fn via(&self) -> &'static str {
        match self {
            Link::Tls(_) => "TLS",
            Link::Udp(_) => "UDP",
            Link::WebSocket { via, .. } => via,
        }
    }

    /// Its own address and port.
    pub fn local(&self) -> Result<String> {
        let address = match self {
            Link::Tls(stream) => stream.get_ref().local_addr(),
            Link::Udp(socket) => socket.local_addr(),
            Link::WebSocket { tcp, .. } => tcp.local_addr(),
        };
        Ok(address?.to_string())
    }

    /// Sends bytes as they are.
    pub fn send(&mut self, bytes: &[u8]) -> Result<()> {
        match self {
            Link::Tls(stream) => stream.write_all(bytes)?,
            Link::Udp(socket) => drop(socket.send(bytes)?),
            Link::WebSocket { socket, .. } => socket.send(Message::binary(bytes.to_vec()))?,
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
            Link::WebSocket { socket, tcp, .. } => {
                tcp.set_read_timeout(Some(at_most))?;
                match socket.read() {
                    Ok(message) => received.extend_from_slice(&message.into_data()),
                    Err(Error::Io(error))
                        if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
                    Err(error) => return Err(format!("the PBX closed the WebSocket: {error}").into()),
                }
            }
        }
        Ok(())
    }
}
