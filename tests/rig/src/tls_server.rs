//! A peer that waits for the PBX to connect to it over TLS, with whatever certificate a test wants.

use crate::Result;
use crate::identity::Identity;
use crate::link::Link;
use crate::pbx::Pbx;
use crate::sip::Ua;
use crate::wait::{PATIENCE, wait_for};
use openssl::ssl::{SslAcceptor, SslMethod, SslVerifyMode};
use openssl::x509::X509;
use openssl::x509::store::X509StoreBuilder;
use std::io::ErrorKind;
use std::net::{TcpListener, TcpStream};

/// A listening peer.
pub struct TlsServer {
    listener: TcpListener,
}

impl TlsServer {
    /// Listens on a port of its own.
    pub fn bind(ip: &str) -> Result<TlsServer> {
        let listener = TcpListener::bind((ip, 0))?;
        listener.set_nonblocking(true)?;
        Ok(TlsServer { listener })
    }

    /// The port that it listens on.
    pub fn port(&self) -> Result<u16> {
        Ok(self.listener.local_addr()?.port())
    }

    /// A connection that waits already; `None` when nobody has connected.
    pub fn connection(&self) -> Result<Option<TcpStream>> {
        match self.listener.accept() {
            Ok((tcp, _)) => Ok(Some(tcp)),
            Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Waits until the PBX connects, shakes hands with this certificate and is a user agent from then on.
    pub fn accept(&self, pbx: &Pbx, identity: &Identity, user: &str) -> Result<Ua> {
        self.accept_only(pbx, identity, user, None)
    }

    /// The same, and the PBX must have a certificate that leads to this root, the only one that is known here.
    pub fn accept_only(&self, pbx: &Pbx, identity: &Identity, user: &str, root: Option<&X509>) -> Result<Ua> {
        let tcp = wait_for("the PBX to connect", PATIENCE, || self.connection())?;
        tcp.set_nonblocking(false)?;
        tcp.set_nodelay(true)?;
        tcp.set_read_timeout(Some(PATIENCE))?;
        let mut acceptor = SslAcceptor::mozilla_intermediate_v5(SslMethod::tls_server())?;
        acceptor.set_certificate(&identity.certificate)?;
        acceptor.set_private_key(&identity.key)?;
        for authority in &identity.above {
            acceptor.add_extra_chain_cert(authority.clone())?;
        }
        if let Some(root) = root {
            let mut known = X509StoreBuilder::new()?;
            known.add_cert(root.clone())?;
            acceptor.set_verify_cert_store(known.build())?;
            acceptor.set_verify(SslVerifyMode::PEER | SslVerifyMode::FAIL_IF_NO_PEER_CERT);
        }
        let stream = acceptor.build().accept(tcp)?;
        let config = pbx.config();
        Ua::over(Link::Tls(stream), &format!("{}:{}", config.ip(), config.ports.tls()), user)
    }
}
