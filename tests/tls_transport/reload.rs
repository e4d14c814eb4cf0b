//! New certificates under a live listener.

use crate::certificates::{Wish, issue, now, root};
use crate::context;
use crate::folder::{Folder, files};
use crate::memory::{Pair, exchange};
use crate::peer::s_client;
use crate::pump::echo;
use voxseal::error::Error;
use voxseal::tls_openssl::State;

#[test]
fn a_new_certificate_is_shown_after_a_load_and_a_broken_one_never() {
    let folder = Folder::new("reload");
    let top = root("Root");
    let path = folder.identity("pbx.pem", &issue(&Wish::named("old.test"), Some(&top)), &[]);
    let context = context(|wanted| wanted.inbound.identities.push(files(&path)));
    let subject = |name: &str| {
        let (address, _ended) = echo(&context, 1);
        let text = s_client(address, &[]);
        assert!(text.contains(&format!("subject=CN = {name}")) && text.contains("hello there\n"), "{text}");
    };
    subject("old.test");

    folder.write("pbx.pem", &[b"-----BEGIN CERTIFICATE-----\nbroken\n-----END CERTIFICATE-----\n"]);
    let fault = context.load(now()).unwrap_err();
    assert_eq!(fault.error, Error::TlsFileMalformed, "{fault}");
    subject("old.test");

    std::fs::remove_file(&path).unwrap();
    assert_eq!(context.load(now()).unwrap_err().error, Error::TlsFileMissing);
    subject("old.test");

    folder.identity("pbx.pem", &issue(&Wish::named("new.test"), Some(&top)), &[]);
    subject("old.test");
    context.load(now()).unwrap();
    subject("new.test");
}

#[test]
fn connections_go_on_across_a_load() {
    let mut pair = Pair::established("goes-on", &[]);
    pair.context.wanted().unwrap().inbound.identities.clear();
    pair.context.load(now()).unwrap();
    pair.server.write(b"still here").unwrap();
    exchange(&mut pair.client, &mut pair.server);
    let mut text = [0; 20];
    assert_eq!(pair.client.read(&mut text), Ok(10));
    assert_eq!(&text[..10], b"still here");
    assert_eq!((pair.client.state(), pair.server.state()), (State::Established, State::Established));
    // New connections see what was loaded: no certificate.
    let refused = pair.context.connection(voxseal::tls::Direction::Inbound, None, 0).err();
    assert_eq!(refused, Some(Error::TlsNotLoaded));
}
