//! TLS through a real PBX, one for each check, with peers that have certificates of any kind.

use crate::tls_peers::{
    authority, is_called, is_let_in, is_served, root, set, show, start, stranger, versions,
};
use std::fs;
use voxseal_rig::Result;
use voxseal_rig::identity::{Identity, Wanted};
use voxseal_rig::pbx::Pbx;
use voxseal_rig::wait::PATIENCE;

const DOMAIN: &str = "pbx.sip.test";

fn for_domain() -> Wanted<'static> {
    Wanted::named(&[DOMAIN])
}

/// What was found must be as told.
fn expect<T: PartialEq + std::fmt::Debug>(what: &str, found: T, expected: T) -> Result<()> {
    if found == expected { Ok(()) } else { Err(format!("{what}: {found:?}, expected {expected:?}").into()) }
}

fn server(pbx: &Pbx, wanted: &Wanted) -> Result<Identity> {
    authority(pbx).issue(wanted)
}

/// A provider's wildcard: refused as the RFC has it, called once the settings allow it.
pub fn wildcards() -> Result<()> {
    let pbx = start("t7", "[tls]\n");
    let wildcard = server(&pbx, &Wanted::named(&["*.wild.test"]))?;
    expect("by the RFC", is_called(&pbx, "a.wild.test", &wildcard), false)?;
    set(&pbx, "[tls]\nwildcards = yes\n");
    expect("when allowed", is_called(&pbx, "a.wild.test", &wildcard), true)?;
    expect("for another domain", is_called(&pbx, DOMAIN, &wildcard), false)?;
    pbx.stop()
}

/// TLS 1.2 and 1.3 on one listener, and 1.1 not.
pub fn one_listener() -> Result<()> {
    let pbx = start("m6", "[tls]\n");
    expect("TLS 1.1, 1.2 and 1.3", versions(&pbx), [false, true, true])?;
    pbx.stop()
}

/// Peers that send the authority between them and the root are known by the root alone, and the PBX is one of them.
pub fn chains() -> Result<()> {
    let pbx = start("f8", "");
    let root = root(&pbx);
    let between = root.intermediate("an authority in between")?;
    let peer = between.issue(&Wanted::named(&["IP:127.0.0.1", DOMAIN]))?;
    for (what, peer, known) in [("with", &peer, true), ("without", &peer.alone(), false)] {
        expect(&format!("a client {what} it"), is_served(&pbx, Some(peer)), known)?;
        expect(&format!("a server {what} it"), is_called(&pbx, DOMAIN, peer), known)?;
        show(&pbx, peer);
        expect(&format!("the PBX {what} it"), is_let_in(&pbx, &root), known)?;
    }
    pbx.stop()
}

/// Clients need no certificate and servers a good one.
pub fn directions() -> Result<()> {
    let pbx = start("f10", "[tls]\n");
    let bad = stranger().issue(&for_domain())?;
    expect("a client without", is_served(&pbx, None), true)?;
    expect("a client with a stranger's", is_served(&pbx, Some(&bad)), false)?;
    expect("a server with a stranger's", is_called(&pbx, DOMAIN, &bad), false)?;
    pbx.stop()
}

/// A certificate for servers serves no client, unless the settings say so.
pub fn purposes() -> Result<()> {
    let pbx = start("f11", "[tls]\n");
    let for_servers = server(&pbx, &Wanted { usages: &["server"], ..for_domain() })?;
    expect("a server", is_called(&pbx, DOMAIN, &for_servers), true)?;
    expect("a client", is_served(&pbx, Some(&for_servers)), false)?;
    set(&pbx, "[tls]\neku = server-as-client\n");
    expect("a client, when allowed", is_served(&pbx, Some(&for_servers)), true)?;
    pbx.stop()
}

/// Clients are of one authority and servers of another.
pub fn authorities() -> Result<()> {
    let pbx = start("f12", "");
    let clients = stranger();
    let [certificate, key] = ["pem", "key"].map(|ext| pbx.file(&format!("etc/clients.{ext}")));
    clients.write(&certificate, &key)?;
    set(&pbx, &format!("[tls]\ninbound_ca_file = {}\n", certificate.display()));
    let (client, upstream) = (clients.issue(&for_domain())?, server(&pbx, &for_domain())?);
    let found = [is_served(&pbx, Some(&client)), is_served(&pbx, Some(&upstream))];
    expect("clients", found, [true, false])?;
    let found = [is_called(&pbx, DOMAIN, &client), is_called(&pbx, DOMAIN, &upstream)];
    expect("servers", found, [false, true])?;
    pbx.stop()
}

/// Too early and too late are told apart, with both times; the dates can be switched off.
pub fn clocks() -> Result<()> {
    let pbx = start("f13", "[tls]\n");
    let late = server(&pbx, &Wanted { days: (-9, -1), ..for_domain() })?;
    let early = server(&pbx, &Wanted { days: (1, 9), ..for_domain() })?;
    let found = [is_called(&pbx, DOMAIN, &late), is_called(&pbx, DOMAIN, &early)];
    expect("late and early", found, [false, false])?;
    for reason in ["the certificate expired at ", "the certificate is not valid before "] {
        let line = pbx.wait_for_log(reason, PATIENCE)?;
        expect("both times", line.matches(" UTC").count(), 2)?;
    }
    set(&pbx, "[tls]\ndates = no\n");
    expect("late, when allowed", is_called(&pbx, DOMAIN, &late), true)?;
    pbx.stop()
}

/// The name that counts is the domain that was asked for, not the address that it led to.
pub fn domain_before_lookup() -> Result<()> {
    let pbx = start("f17", "[tls]\n");
    let (domain, address) = (server(&pbx, &for_domain())?, server(&pbx, &Wanted::named(&["IP:127.0.0.1"]))?);
    expect("of the domain", is_called(&pbx, DOMAIN, &domain), true)?;
    expect("of the address", is_called(&pbx, DOMAIN, &address), false)?;
    pbx.stop()
}

/// A contact by IP address needs that address in the certificate.
pub fn addresses() -> Result<()> {
    let pbx = start("g2", "[tls]\n");
    let (domain, address) = (server(&pbx, &for_domain())?, server(&pbx, &Wanted::named(&["IP:127.0.0.1"]))?);
    expect("with the address", is_called(&pbx, "127.0.0.1", &address), true)?;
    expect("without it", is_called(&pbx, "127.0.0.1", &domain), false)?;
    pbx.wait_for_log("an address must stand in it as an IP name", PATIENCE)?;
    pbx.stop()
}

/// Clients must show a good certificate, which the host does not look at.
pub fn clients() -> Result<()> {
    let pbx = start("s5", "[tls]\ninbound_verify = require\n");
    let (good, bad) = (server(&pbx, &for_domain())?, stranger().issue(&for_domain())?);
    let found = [None, Some(&bad), Some(&good)].map(|identity| is_served(&pbx, identity));
    expect("none, a stranger's and a good one", found, [false, false, true])?;
    pbx.stop()
}

/// A new certificate is served without a restart, and a broken one is not.
pub fn reloads() -> Result<()> {
    let pbx = start("f3", "[tls]\nwatch = 1\n");
    let names = ["IP:127.0.0.1", "localhost"];
    let [certificate, key] = ["etc/server.crt", "etc/server.key"].map(|name| pbx.file(name));
    server(&pbx, &Wanted::named(&names))?.write(&certificate, &key)?;
    pbx.wait_for_log("is served from now on", PATIENCE)?;
    fs::write(&certificate, "no certificate\n")?;
    pbx.wait_for_log("has no certificate in it that can be read", PATIENCE)?;
    expect("a client after that", is_served(&pbx, None), true)?;
    pbx.stop()
}
