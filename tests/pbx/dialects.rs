//! The named systems through a real PBX: they call and are called with their own SDP, media goes both ways in their
//! habits, and nothing of it is in clear on the wire.

use std::thread;
use voxseal_rig::Result;
use voxseal_rig::dialect::phone::{Phone, Placed, talk};
use voxseal_rig::dialect::site::{self, connect};
use voxseal_rig::dialect::{Dialect, audio};
use voxseal_rig::media::random_payload;
use voxseal_rig::pbx::Pbx;
use voxseal_rig::sniff::Sniffer;

const SYSTEMS: [&str; 8] = [
    "aastra-57i",
    "cisco-spa525g2",
    "grandstream-gxp2120",
    "bria",
    "zoiper-2",
    "zoiper-5",
    "blink",
    "twilio",
];

const AT_A_TIME: usize = 4;

/// One call with media and reports both ways, of which nothing may be in clear on the wire.
fn talk_both_ways(pbx: &Pbx, caller: &Dialect, callee: &Dialect) -> Result<()> {
    let sniffer = Sniffer::start(None, &[pbx.media_ports()])?;
    let (placed, answered) = site::place(pbx, (caller, &caller.name), (callee, &callee.name))?;
    let (mut a, mut b) = (placed.up()?, answered?);
    if a.agreed.is_none() || b.agreed.is_none() {
        return Err("a leg is in clear".into());
    }
    let complaints = caller.complaints(&a.sdp)?;
    if !complaints.is_empty() {
        return Err(format!("the caller cannot stand our answer: {complaints:?}").into());
    }
    let (mut sent, _) = talk(&mut a, &mut b, 60)?;
    sent.extend(talk(&mut b, &mut a, 60)?.0);
    a.reports(1)?;
    b.reports(2)?;
    sent.extend(talk(&mut a, &mut b, 5)?.0);
    a.hang_up()?;
    b.hang_up()?;
    sniffer.stop()?.assert_never_clear(&sent, 240)
}

#[test]
fn the_named_systems_call_each_other_and_nothing_is_in_clear() {
    let pbx = site::start("dialects").unwrap();
    // Everybody calls the next one, and everybody calls the one that stands least.
    let ring = (0..SYSTEMS.len()).map(|nth| (nth, (nth + 1) % SYSTEMS.len()));
    let calls: Vec<(usize, usize)> = ring.chain((1..SYSTEMS.len() - 1).map(|nth| (nth, 0))).collect();
    // Some at a time: most of a call is waiting for the PBX's reports.
    let some = &|first: usize| {
        let run = |(from, to): &(usize, usize)| {
            let [caller, callee] = [from, to].map(|nth| Dialect::named(SYSTEMS[*nth]).unwrap());
            let error = talk_both_ways(&pbx, &caller, &callee).err()?;
            Some(format!("{} calls {}: {error}", caller.name, callee.name))
        };
        calls.iter().skip(first).step_by(AT_A_TIME).filter_map(run).collect::<Vec<String>>()
    };
    let wrong: Vec<String> = thread::scope(|scope| {
        let threads: Vec<_> = (0..AT_A_TIME).map(|first| scope.spawn(move || some(first))).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    pbx.stop().unwrap();
}

#[test]
fn crypto_on_rtp_avp_is_answered_on_rtp_avp_with_one_line_and_tag_1() {
    let pbx = site::start("aastra").unwrap();
    let aastra = Dialect::named("aastra-57i").unwrap();
    // The host takes such an offer with and without its optimistic switch.
    for endpoint in ["aastra-57i", "mandatory"] {
        let mut phone = Phone::call(&aastra, connect(&pbx, endpoint).unwrap(), "echo").unwrap().up().unwrap();
        let answer = audio(&phone.sdp).unwrap();
        assert_eq!((answer.transport.as_str(), answer.crypto.len(), answer.crypto[0].tag), ("RTP/AVP", 1, 1));
        assert_eq!(aastra.complaints(&phone.sdp).unwrap(), Vec::<String>::new());
        phone.echo(30).unwrap();
        phone.hang_up().unwrap();
    }
    pbx.stop().unwrap();
}

#[test]
fn a_plain_call_to_who_cannot_stand_crypto_has_no_crypto_line() {
    let pbx = site::start("plain").unwrap();
    let aastra = Dialect::named("aastra-57i").unwrap();
    let plain = Dialect::named("acrobits").unwrap();
    for endpoint in ["disabled", "aastra-57i"] {
        let (placed, answered) = site::place(&pbx, (&plain, "disabled"), (&aastra, endpoint)).unwrap();
        let (mut a, mut b) = (placed.up().unwrap(), answered.unwrap());
        let offered = audio(&b.sdp).unwrap();
        assert_eq!(offered.transport, "RTP/AVP");
        assert_eq!(offered.crypto.len(), usize::from(endpoint != "disabled"));
        talk(&mut a, &mut b, 20).unwrap();
        a.hang_up().unwrap();
        b.hang_up().unwrap();
    }
    pbx.stop().unwrap();
}

#[test]
fn one_key_on_two_lines_and_a_change_from_the_long_tag_to_the_short_one_under_it() {
    let pbx = site::start("cisco").unwrap();
    let mut cisco = Dialect::named("cisco-spa525g2").unwrap();
    let offered = audio(&cisco.offer(4000, 1, "sendrecv")).unwrap().crypto;
    assert_eq!(offered[0].keys, offered[1].keys);
    // In the order in which the first line has the long tag.
    let [short, long] = [0, 1].map(|nth| offered[nth].value.clone());
    let both = format!("a=crypto:{short}\na=crypto:{long}");
    assert!(cisco.offer.sdp.contains(&both));
    cisco.offer.sdp = cisco.offer.sdp.replace(&both, &format!("a=crypto:{long}\na=crypto:{short}"));

    let sniffer = Sniffer::start(None, &[pbx.media_ports()]).unwrap();
    let ua = connect(&pbx, "mandatory").unwrap();
    let mut phone = Phone::call(&cisco, ua, "echo").unwrap().up().unwrap();
    phone.go_on_at(1000);
    assert_eq!(phone.agreed.as_ref().unwrap().suite.name, "AES_CM_128_HMAC_SHA1_80");
    let (mut sent, added) = phone.echo(40).unwrap();
    assert_eq!(added, 10);
    phone.offer_again(&short).unwrap();
    assert_eq!(phone.agreed.as_ref().unwrap().suite.name, "AES_CM_128_HMAC_SHA1_32");
    let (more, added) = phone.echo(40).unwrap();
    assert_eq!(added, 4);
    sent.extend(more);
    phone.reports(1).unwrap();
    phone.hang_up().unwrap();
    sniffer.stop().unwrap().assert_never_clear(&sent, 160).unwrap();
    pbx.stop().unwrap();
}

/// A callee that answers without crypto. What the host makes of the call is its business and may change; that nothing of
/// the caller's voice is in clear on the wire is ours.
#[test]
fn an_answer_without_crypto_never_leads_to_media_in_clear() {
    let pbx = site::start("no-crypto").unwrap();
    let bria = Dialect::named("bria").unwrap();
    for callee in ["acrobits", "phonerlite"].map(|name| Dialect::named(name).unwrap()) {
        let sniffer = Sniffer::start(None, &[pbx.media_ports()]).unwrap();
        let (placed, answered) = site::place(&pbx, (&bria, "bria"), (&callee, "mandatory")).unwrap();
        let mut sent = Vec::new();
        if let Placed::Up(mut phone) = placed {
            for _ in 0..50 {
                sent.push(random_payload().unwrap());
                phone.say(&sent[sent.len() - 1]).unwrap();
            }
            // A host that ends the call by itself answers this with 481.
            let _ = phone.hang_up();
            let _ = answered.map(|mut phone| phone.hang_up());
        }
        sniffer.stop().unwrap().assert_never_clear(&sent, sent.len()).unwrap();
    }
    pbx.stop().unwrap();
}
