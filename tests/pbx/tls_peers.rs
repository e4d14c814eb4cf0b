//! Peers of a PBX with certificates of any kind, and whether it talks to them.

use openssl::ssl::SslVersion;
use voxseal_rig::identity::{Identity, Wanted};
use voxseal_rig::pbx::{Module, Pbx, PbxConfig};
use voxseal_rig::sdp::Sdp;
use voxseal_rig::sip::Ua;
use voxseal_rig::tls_server::TlsServer;
use voxseal_rig::wait::PATIENCE;

/// A PBX with our companion, these settings and names.
pub fn start(name: &str, settings: &str) -> Pbx {
    let config = PbxConfig::new(name, Module::Ours).unwrap().with_companion();
    Pbx::start(config.with("voxseal.conf", settings).with_hosts(&["pbx.sip.test", "a.wild.test"])).unwrap()
}

/// The authority that the PBX trusts.
pub fn authority(pbx: &Pbx) -> Identity {
    Identity::of_pbx(&pbx.file("etc")).unwrap()
}

/// One that it does not.
pub fn stranger() -> Identity {
    Identity::authority("an authority that nobody knows").unwrap()
}

/// A new connection, with this certificate and version alone.
pub fn connect(
    pbx: &Pbx,
    identity: Option<&Identity>,
    version: Option<SslVersion>,
) -> voxseal_rig::Result<Ua> {
    let config = pbx.config();
    Ua::connect_with(config.ip(), config.ports.tls(), &pbx.file("etc/ca.pem"), "sdes", identity, version)
}

/// Whether a request on a new connection is answered; else the PBX has closed the connection.
pub fn is_served(pbx: &Pbx, identity: Option<&Identity>) -> bool {
    // The offer has no key: 488 is an answer, and nothing is left of it.
    let answer =
        connect(pbx, identity, None).and_then(|mut ua| ua.invite("echo", &Sdp::new(40_000, &[]).write()));
    match answer {
        Ok((_, answer)) => {
            assert_eq!(answer.status(), Some(488), "{}", answer.head);
            true
        }
        Err(error) => {
            let closed = error.to_string();
            assert!(!closed.contains("no answer"), "neither answered nor closed: {closed}");
            false
        }
    }
}

/// Has the PBX call this domain, where a server with this certificate waits; whether the call comes.
pub fn is_called(pbx: &Pbx, domain: &str, identity: &Identity) -> bool {
    let server = TlsServer::bind("127.0.0.1").unwrap();
    let uri = format!("PJSIP/sdes/sip:callee@{domain}:{}\\;transport=tls", server.port().unwrap());
    pbx.cli(&format!("channel originate {uri} extension echo@tests")).unwrap();
    let mut ua = server.accept(pbx, identity, "callee").unwrap();
    let called = match ua.receive(PATIENCE) {
        Ok(request) => {
            let request = request.ok_or("neither called nor closed").unwrap();
            ua.reply(&request, "486 Busy Here", "rig", b"").unwrap();
            true
        }
        Err(_) => false,
    };
    pbx.wait_until_idle().unwrap();
    called
}

/// A root that may have authorities below it, unlike that of a PBX. The PBX trusts it alone once `ca_file` is this file.
pub fn root(pbx: &Pbx) -> Identity {
    let root = Identity::authority("a root").unwrap();
    root.write(&pbx.file("etc/root.pem"), &pbx.file("etc/root.key")).unwrap();
    set(pbx, &format!("[tls]\nwatch = 1\nca_file = {}\n", pbx.file("etc/root.pem").display()));
    root
}

/// Has the PBX show another certificate from now on, to those who know its root alone.
pub fn show(pbx: &Pbx, identity: &Identity) {
    identity.write(&pbx.file("etc/server.crt"), &pbx.file("etc/server.key")).unwrap();
    let config = pbx.config();
    voxseal_rig::wait::wait_for("the new certificate", PATIENCE, || {
        let mut connector = openssl::ssl::SslConnector::builder(openssl::ssl::SslMethod::tls_client())?;
        connector.set_verify(openssl::ssl::SslVerifyMode::NONE);
        let tcp = std::net::TcpStream::connect((config.ip(), config.ports.tls()));
        let shown = tcp.ok().and_then(|tcp| connector.build().connect(config.ip(), tcp).ok());
        let is_new = |tls: &openssl::ssl::SslRef| {
            tls.peer_certificate().as_ref() == Some(&identity.certificate)
                && tls.peer_cert_chain().is_some_and(|chain| chain.len() == 1 + identity.above.len())
        };
        Ok(shown.filter(|tls| is_new(tls.ssl())).map(|_| ()))
    })
    .unwrap();
}

/// Has the PBX call a server that lets in whom it knows by this root; whether the call comes.
pub fn is_let_in(pbx: &Pbx, root: &Identity) -> bool {
    let server = TlsServer::bind("127.0.0.1").unwrap();
    let own = root.issue(&Wanted::named(&["pbx.sip.test"])).unwrap();
    let uri = format!("PJSIP/sdes/sip:callee@pbx.sip.test:{}\\;transport=tls", server.port().unwrap());
    pbx.cli(&format!("channel originate {uri} extension echo@tests")).unwrap();
    let ua = server.accept_only(pbx, &own, "callee", Some(&root.certificate));
    let let_in = ua.is_ok();
    if let Ok(mut ua) = ua {
        let request = ua.wait_for_request("INVITE").unwrap();
        ua.reply(&request, "486 Busy Here", "rig", b"").unwrap();
    }
    pbx.wait_until_idle().unwrap();
    let_in
}

/// Other settings from now on.
pub fn set(pbx: &Pbx, settings: &str) {
    std::fs::write(pbx.file("etc/voxseal.conf"), settings).unwrap();
    pbx.cli("module reload res_srtp.so").unwrap();
}

/// Which of TLS 1.1, 1.2 and 1.3 its listener takes.
pub fn versions(pbx: &Pbx) -> [bool; 3] {
    [SslVersion::TLS1_1, SslVersion::TLS1_2, SslVersion::TLS1_3].map(|version| {
        let answered = |mut ua: Ua| ua.invite("none", &Sdp::new(40_000, &[]).write()).is_ok();
        connect(pbx, None, Some(version)).is_ok_and(answered)
    })
}
