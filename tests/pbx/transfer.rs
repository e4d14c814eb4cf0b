//! Transfers (RFC 3515, RFC 3891): whoever is connected afterwards is connected securely.

use std::time::Duration;
use voxseal_rig::callee::Callee;
use voxseal_rig::caller::{Call, Caller, Offer};
use voxseal_rig::media::{SecureMedia, random_payload};
use voxseal_rig::pbx::{Module, Pbx, PbxConfig};
use voxseal_rig::sip::Message;
use voxseal_rig::sniff::Sniffer;
use voxseal_rig::wait::{PATIENCE, between_packets, wait_for};

fn start(name: &str) -> Pbx {
    let config = PbxConfig::new(name, Module::Ours).unwrap();
    Pbx::start(config.with("modules.conf", "load=res_pjsip_refer.so\n")).unwrap()
}

/// The PBX puts the caller's call through to the callee, who takes the line at this place of the PBX's offer.
fn connected(
    caller: &mut Caller,
    suite: &str,
    callee: &mut Callee,
    place: usize,
) -> (Call, Message, SecureMedia) {
    let extension = callee.extension();
    let offer = Offer::named(1, suite).unwrap();
    std::thread::scope(|scope| {
        let called = scope.spawn(|| {
            let invite = callee.ua.wait_for_request("INVITE").unwrap();
            let media = callee.answer_line(&invite, place).unwrap();
            (invite, media)
        });
        let call = caller.call(&extension, &[offer]).unwrap();
        let (invite, media) = called.join().unwrap();
        (call, invite, media)
    })
}

/// Sends until this very payload arrives, and gives what was sent.
pub fn heard(from: &mut SecureMedia, to: &mut SecureMedia) -> Vec<Vec<u8>> {
    let mut sent = Vec::new();
    wait_for("the other end to be heard", PATIENCE, || {
        let payload = random_payload()?;
        sent.push(payload.clone());
        from.send(&payload)?;
        while let Some(arrived) = to.receive(between_packets(sent.len()))? {
            if arrived == payload {
                return Ok(Some(()));
            }
        }
        Ok(None)
    })
    .unwrap();
    sent
}

#[test]
fn blind_transfer_leaves_the_other_leg_secure() {
    let pbx = start("blind");
    let (mut callee, mut caller) = (Callee::connect(&pbx).unwrap(), Caller::connect(&pbx).unwrap());
    let (mut call, invite, mut called) = connected(&mut caller, "AES_CM_128_HMAC_SHA1_80", &mut callee, 0);
    heard(&mut called, &mut call.media);
    let mut dialog = callee.ua.dialog_of(&invite).unwrap();
    callee.ua.refer(&mut dialog, "echo").unwrap();
    let sent = call.media.wait_for_first_echo().unwrap();
    assert!(call.media.echoed(&random_payload().unwrap(), &sent).unwrap(), "no echo after the transfer");
    caller.ua.bye(&mut call.dialog).unwrap();
    pbx.wait_until_idle().unwrap();
    pbx.stop().unwrap();
}

#[test]
fn attended_transfer_bridges_two_secure_legs_and_lets_the_referrer_go() {
    let pbx = start("attended");
    let sniffer = Sniffer::start(None, &[pbx.media_ports()]).unwrap();
    let (mut alice, mut carol) = (Callee::connect(&pbx).unwrap(), Callee::connect(&pbx).unwrap());
    let mut referrer = Caller::connect(&pbx).unwrap();
    // Alice, Carol and the two calls of the referrer have a key each, and not all have the same suite.
    let (mut first, _, mut at_alice) = connected(&mut referrer, "AES_CM_128_HMAC_SHA1_80", &mut alice, 0);
    let (mut second, _, mut at_carol) = connected(&mut referrer, "AEAD_AES_128_GCM", &mut carol, 2);
    let mut sent = heard(&mut at_alice, &mut first.media);
    sent.extend(heard(&mut at_carol, &mut second.media));

    referrer.ua.refer_replacing(&mut first.dialog, &second.dialog).unwrap();
    wait_for("the referrer to be let go", PATIENCE, || {
        while let Some(message) = referrer.ua.receive(Duration::from_millis(1))? {
            if message.status().is_none() {
                referrer.ua.accept(&message)?;
            }
        }
        Ok((pbx.channels()? == 2).then_some(()))
    })
    .unwrap();
    for _ in 0..10 {
        sent.extend(heard(&mut at_alice, &mut at_carol));
        sent.extend(heard(&mut at_carol, &mut at_alice));
    }
    sniffer.stop().unwrap().assert_never_clear(&sent, sent.len()).unwrap();

    pbx.cli("channel request hangup all").unwrap();
    for callee in [&mut alice, &mut carol] {
        callee.wait_for_bye().unwrap();
    }
    pbx.wait_until_idle().unwrap();
    assert!(!pbx.log().contains("authentication failed"), "a packet of a leg was refused");
    pbx.stop().unwrap();
}
