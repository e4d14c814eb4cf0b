//! `direct_media=yes`: Asterisk has two phones send their media to each other. Not where a leg is encrypted, since each has keys
//! of its own: neither where pjsip.conf says so, nor where a policy of ours does.

use crate::policy_site::{caller, start};
use crate::transfer::heard;
use std::thread;
use std::time::Duration;
use voxseal_rig::callee::Callee;
use voxseal_rig::caller::{Caller, Offer};
use voxseal_rig::media::Media;
use voxseal_rig::pbx::Pbx;
use voxseal_rig::sdp::Sdp;
use voxseal_rig::wait::{PATIENCE, wait_for};

const ENDPOINTS: &str = "
[near](!,open)
direct_media=yes
[clear](near)
[host](near)
media_encryption=sdes
[ours](near)
@srtp_policy=mandatory
";

/// Waits until the PBX bridges the two legs that are up in this way: it begins with the simple one.
fn are_bridged_by(pbx: &Pbx, wanted: &str) {
    wait_for(&format!("a {wanted} with two channels"), PATIENCE, || {
        let bridges = pbx.cli("bridge show all")?;
        let row = bridges.lines().find(|line| line.contains(" 2 basic "));
        let technology = row.and_then(|row| row.split(" 2 basic ").nth(1)?.split_whitespace().next());
        Ok((technology == Some(wanted)).then_some(()))
    })
    .unwrap();
}

fn extension(endpoint: &str, callee: &Callee) -> String {
    format!("call-{endpoint}-{}-tls", callee.ua.port())
}

fn hang_up(pbx: &Pbx) {
    pbx.cli("channel request hangup all").unwrap();
    pbx.wait_until_idle().unwrap();
}

#[test]
fn encrypted_legs_stay_with_the_pbx_and_are_heard() {
    let Some(pbx) = start("direct", "", ENDPOINTS) else { return };
    for endpoint in ["host", "ours"] {
        let (mut from, mut to) = (caller(&pbx, "TLS", endpoint), Callee::connect(&pbx).unwrap());
        let extension = extension(endpoint, &to);
        let placed = thread::spawn(move || {
            let offer = Offer::named(1, "AES_CM_128_HMAC_SHA1_80").unwrap();
            from.call(&extension, &[offer]).map(|call| (from, call))
        });
        let mut called = to.answer().unwrap();
        let (mut from, mut call) = placed.join().unwrap().unwrap();
        for _ in 0..5 {
            heard(&mut call.media, &mut called);
            heard(&mut called, &mut call.media);
        }
        are_bridged_by(&pbx, "simple_bridge");
        for ua in [&mut from.ua, &mut to.ua] {
            let told = ua.receive(Duration::from_millis(1)).unwrap();
            assert!(told.is_none(), "{endpoint}: {}", told.unwrap().head);
        }
        hang_up(&pbx);
    }
    pbx.stop().unwrap();
}

#[test]
fn legs_in_clear_are_sent_to_each_other() {
    let Some(pbx) = start("direct-clear", "", ENDPOINTS) else { return };
    let clear = |media: &Media| Sdp { profile: "RTP/AVP", ..Sdp::new(media.port, &[]) }.write();
    let (here, there) = (Media::bind().unwrap(), Media::bind().unwrap());
    let (mut from, mut to) = (caller(&pbx, "TLS", "clear"), Callee::connect(&pbx).unwrap());
    let (extension, offer) = (extension("clear", &to), clear(&here));
    let placed = thread::spawn(move || from.ua.invite(&extension, &offer).map(|_| from));
    let invite = to.ua.wait_for_request("INVITE").unwrap();
    to.ua.accept_with(&invite, &clear(&there)).unwrap();
    let mut from: Caller = placed.join().unwrap().unwrap();
    are_bridged_by(&pbx, "native_rtp");
    let told = from.ua.wait_for_request("INVITE").unwrap();
    assert!(told.body.contains(&format!("m=audio {} ", there.port)), "{}", told.body);
    hang_up(&pbx);
    pbx.stop().unwrap();
}
