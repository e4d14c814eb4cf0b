//! Rows about the TLS transport: our client with our server, in memory. With OpenSSL's own programs as the peers:
//! tests/tls_transport.

use crate::made::{DAY, Made, Wish, issue, now, root};
use std::sync::Arc;
use voxseal::error::Error;
use voxseal::tls::{Direction, Version};
use voxseal::tls_openssl::{Connection, Context, Files, State, Wanted};
use voxseal_rig::Result;
use zeroize::Zeroizing;

fn identity(made: &Made, above: &[&Made]) -> Files {
    let mut pem = made.certificate.to_pem().unwrap();
    above.iter().for_each(|made| pem.extend(made.certificate.to_pem().unwrap()));
    pem.extend(made.key.private_key_to_pem_pkcs8().unwrap());
    Files { pem: vec![Zeroizing::new(pem)], ..Files::default() }
}

fn trusting(wanted: &mut Wanted, roots: &[&Made]) {
    let pem = |made: &&Made| made.certificate.to_pem().unwrap();
    wanted.outbound.trust.pem = roots.iter().map(pem).collect();
}

fn context(want: impl FnOnce(&mut Wanted)) -> Result<Arc<Context>> {
    let mut wanted = Wanted::default();
    want(&mut wanted);
    let context = Context::new(wanted, None);
    context.load(now())?;
    Ok(Arc::new(context))
}

/// Our client, asking for this name, after its handshake with our server; and the server.
fn shaken(context: &Context, name: &str) -> Result<[Connection; 2]> {
    let now_ms = u64::try_from(now())? * 1000;
    let mut client = context.connection(Direction::Outbound, Some(name), now_ms)?;
    let mut server = context.connection(Direction::Inbound, None, now_ms)?;
    let mut piece = [0; 16_384];
    loop {
        let there = client.take(&mut piece);
        let _ = server.feed(&piece[..there], now_ms);
        let back = server.take(&mut piece);
        let _ = client.feed(&piece[..back], now_ms);
        if there + back == 0 {
            return Ok([client, server]);
        }
    }
}

fn reaches(context: &Context, name: &str, expected: State) -> Result<()> {
    let [client, _] = shaken(context, name)?;
    let reason = client.verdict().map(|verdict| verdict.reason.clone());
    if client.state() == expected {
        Ok(())
    } else {
        Err(format!("{name}: {:?}, {reason:?}", client.state()).into())
    }
}

/// Two names, two certificates, two authorities.
pub fn several_authorities() -> Result<()> {
    let (one, other) = (root("One"), root("Other"));
    let (a, b) = (issue(&Wish::named("a.test"), Some(&one)), issue(&Wish::named("b.test"), Some(&other)));
    let both = [identity(&a, &[]), identity(&b, &[])];
    let known = context(|wanted| {
        wanted.inbound.identities = both.to_vec();
        trusting(wanted, &[&one, &other]);
    })?;
    reaches(&known, "a.test", State::Established)?;
    reaches(&known, "b.test", State::Established)?;
    reaches(&known, "c.test", State::Failed(Error::TlsName))?;
    let half = context(|wanted| {
        wanted.inbound.identities = both.to_vec();
        trusting(wanted, &[&one]);
    })?;
    reaches(&half, "a.test", State::Established)?;
    reaches(&half, "b.test", State::Failed(Error::TlsUntrusted))
}

/// The client has the root alone, the server sends all below it.
pub fn chains() -> Result<()> {
    let top = root("Root");
    let middle = issue(&Wish { authority: true, ..Wish::named("Middle") }, Some(&top));
    let leaf = issue(&Wish::named("pbx.test"), Some(&middle));
    for (above, expected) in [(&[&middle][..], State::Established), (&[], State::Failed(Error::TlsUntrusted))]
    {
        let context = context(|wanted| {
            wanted.inbound.identities = vec![identity(&leaf, above)];
            trusting(wanted, &[&top]);
        })?;
        reaches(&context, "pbx.test", expected)?;
    }
    Ok(())
}

/// What is out of its dates is told from what is not yet in them, with both times, and can be allowed.
pub fn wrong_clocks() -> Result<()> {
    let top = root("Root");
    for (from, to, error, word) in
        [(-2, -1, Error::TlsExpired, "expired at "), (1, 2, Error::TlsNotYetValid, "is not valid before ")]
    {
        let dates = (now() + from * DAY, now() + to * DAY);
        let made = issue(&Wish { dates, ..Wish::named("pbx.test") }, Some(&top));
        let mut files = identity(&made, &[]);
        let fault = files.load(now()).err().ok_or("it was loaded")?;
        if fault.error != error || fault.to_string().matches(" UTC").count() != 2 {
            return Err(format!("at load: {fault}").into());
        }
        files.any_dates = true;
        let context = context(|wanted| {
            wanted.inbound.identities = vec![files];
            trusting(wanted, &[&top]);
        })?;
        let [client, _] = shaken(&context, "pbx.test")?;
        let reason = client.verdict().ok_or("no verdict")?.reason.clone();
        if client.state() != State::Failed(error)
            || !reason.contains(word)
            || reason.matches(" UTC").count() != 2
        {
            return Err(format!("{:?}: {reason}", client.state()).into());
        }
        context.wanted()?.policy.set("dates", "no")?;
        context.load(now())?;
        reaches(&context, "pbx.test", State::Established)?;
    }
    Ok(())
}

/// Clients of TLS 1.2 and 1.3 at one listener.
pub fn both_versions() -> Result<()> {
    let top = root("Root");
    let leaf = issue(&Wish::named("pbx.test"), Some(&top));
    for (word, version) in [("1.2", Version::TLS_1_2), ("1.3", Version::TLS_1_3)] {
        let context = context(|wanted| {
            wanted.inbound.identities = vec![identity(&leaf, &[])];
            trusting(wanted, &[&top]);
        })?;
        context.wanted()?.transport.set("outbound_max_version", word)?;
        context.load(now())?;
        let [_, server] = shaken(&context, "pbx.test")?;
        if server.facts().map(|facts| facts.version) != Some(version) {
            return Err(format!("{word}: {:?}", server.state()).into());
        }
    }
    Ok(())
}
