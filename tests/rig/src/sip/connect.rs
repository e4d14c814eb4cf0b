//! Ways to the PBX: TLS, WebSockets and UDP.

use super::Ua;
use crate::Result;
use crate::identity::Identity;
use crate::link::Link;
use crate::wait::PATIENCE;
use openssl::ssl::{SslConnector, SslConnectorBuilder, SslMethod, SslStream, SslVersion};
use std::net::TcpStream;
use std::path::Path;

impl Ua {
    /// Connects to a PBX whose certificate this CA issued. `user` names the endpoint to be.
    pub fn connect(ip: &str, port: u16, ca: &Path, user: &str) -> Result<Ua> {
        Ua::connect_with(ip, port, ca, user, None, None)
    }

    /// The same with a certificate of one's own, and with this TLS version alone.
    pub fn connect_with(
        ip: &str,
        port: u16,
        ca: &Path,
        user: &str,
        identity: Option<&Identity>,
        version: Option<SslVersion>,
    ) -> Result<Ua> {
        let mut connector = SslConnector::builder(SslMethod::tls_client())?;
        connector.set_ca_file(ca)?;
        if let Some(identity) = identity {
            connector.set_certificate(&identity.certificate)?;
            connector.set_private_key(&identity.key)?;
            for authority in &identity.above {
                connector.add_extra_chain_cert(authority.clone())?;
            }
        }
        if version.is_some() {
            connector.set_min_proto_version(version)?;
            connector.set_max_proto_version(version)?;
        }
        let tls = tls_to(ip, port, connector)?;
        Ua::over(Link::Tls(tls), &format!("{ip}:{port}"), user)
    }

    /// The same over a WebSocket, on TLS when there is a CA.
    pub fn by_web_socket(ip: &str, port: u16, ca: Option<&Path>, user: &str) -> Result<Ua> {
        let link = match ca {
            None => Link::ws(ip, port)?,
            Some(ca) => {
                let mut connector = SslConnector::builder(SslMethod::tls_client())?;
                connector.set_ca_file(ca)?;
                Link::wss(tls_to(ip, port, connector)?)?
            }
        };
        Ua::over(link, &format!("{ip}:{port}"), user)
    }

    /// The same over UDP.
    pub fn by_udp(ip: &str, port: u16, user: &str) -> Result<Ua> {
        Ua::over(Link::udp(ip, port)?, &format!("{ip}:{port}"), user)
    }
}

fn tls_to(ip: &str, port: u16, connector: SslConnectorBuilder) -> Result<SslStream<TcpStream>> {
    let tcp = TcpStream::connect((ip, port))?;
    tcp.set_nodelay(true)?;
    // A PBX that does not go on with the handshake is an error, too.
    tcp.set_read_timeout(Some(PATIENCE))?;
    Ok(connector.build().connect(ip, tcp)?)
}
