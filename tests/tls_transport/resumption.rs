//! What a rule overlooks in a handshake it overlooks when its session is resumed, and
//! nothing more. Where dates are overlooked no session is resumed.

use crate::certificates::{Wish, issue, root};
use crate::context;
use crate::folder::{Folder, files, trust};
use crate::memory::exchange;
use crate::pump::now_ms;
use std::sync::Arc;
use voxseal::tls::Direction;
use voxseal::tls_openssl::{Context, State};

const NAME: &str = "pbx.test";
const SIP_DOMAIN: &str = "1.3.6.1.5.5.7.3.20";

/// A context that is client and server, with this certificate at both ends.
fn both_ends(folder: &Folder, wish: &Wish, rules: &[(&str, &str)], version: &str) -> Arc<Context> {
    let top = root("Root");
    let ca = folder.certificate("ca.pem", &top);
    let path = folder.identity("pbx.pem", &issue(wish, Some(&top)), &[]);
    context(|wanted| {
        wanted.inbound.identities.push(files(&path));
        wanted.outbound.identities.push(files(&path));
        wanted.inbound.trust = trust(&ca);
        wanted.outbound.trust = trust(&ca);
        wanted.policy.set("inbound_verify", "require").unwrap();
        rules.iter().for_each(|(name, value)| wanted.policy.set(name, value).unwrap());
        wanted.transport.set("max_version", version).unwrap();
    })
}

/// Whether both ends are established, and whether the session was resumed, for three connections.
fn rounds(context: &Context) -> [(bool, bool); 3] {
    [(); 3].map(|()| {
        let mut client = context.connection(Direction::Outbound, Some(NAME), now_ms()).unwrap();
        let mut server = context.connection(Direction::Inbound, None, now_ms()).unwrap();
        exchange(&mut client, &mut server);
        let established = (client.state(), server.state()) == (State::Established, State::Established);
        client.close();
        exchange(&mut client, &mut server);
        (established, server.facts().is_some_and(|facts| facts.resumed))
    })
}

#[test]
fn an_overlooked_fault_is_overlooked_in_a_resumed_session_too() {
    let good = || Wish::named(NAME);
    let (resumed, anew) = ([(true, false), (true, true), (true, true)], [(true, false); 3]);
    let trunk: &[_] = &[("inbound_eku", "server-as-client")];
    let lax: &[_] = &[("inbound_dates", "no"), ("outbound_dates", "no")];
    for (at, version) in ["1.2", "1.3"].into_iter().enumerate() {
        for (name, wish, rules, expected) in [
            ("trunk", Wish { client: false, ..good() }, trunk, resumed),
            (
                "domain",
                Wish { client: false, server: false, extra_usage: Some(SIP_DOMAIN), ..good() },
                &[],
                resumed,
            ),
            ("lax", good(), lax, anew),
        ] {
            let folder = Folder::new(&format!("resumption-{name}-{at}"));
            let context = both_ends(&folder, &wish, rules, version);
            assert_eq!(rounds(&context), expected, "{name}, TLS {version}");
        }
    }
}

#[test]
fn a_refused_certificate_is_refused_in_a_resumed_session_too() {
    for version in ["1.2", "1.3"] {
        let folder = Folder::new(&format!("resumption-refused-{}", version.replace('.', "")));
        let wish = Wish { client: false, ..Wish::named(NAME) };
        let context = both_ends(&folder, &wish, &[], version);
        assert!(rounds(&context).iter().all(|(established, _)| !established), "TLS {version}");
    }
}
