//! Every named system against every other one, through the C ABI: what they offer and answer, what they cannot stand,
//! and media in their habits, by libsrtp. The systems are data: `systems/*.toml`.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops where the crate may not"
)]

mod call;
mod leg;
mod rekey;
mod udp;

use call::{Crossed, check, incoming, outgoing};
use leg::Leg;
use std::collections::BTreeSet;
use std::thread;
use voxseal_rig::Result;
use voxseal_rig::dialect::Dialect;

/// Packets of a pair in each direction: past a wrap of the sequence number.
const PACKETS: u32 = 300;

/// Runs `work` for each item on two threads, and fails with all that went wrong.
fn for_each<T: Sync>(items: &[T], work: impl Fn(&T) -> Result<()> + Sync) {
    let half = |start: usize| {
        let run = |item| work(item).err().map(|error| error.to_string());
        items.iter().skip(start).step_by(2).filter_map(run).collect::<Vec<_>>()
    };
    let (mut wrong, more) = thread::scope(|scope| {
        let other = scope.spawn(|| half(1));
        (half(0), other.join().unwrap())
    });
    wrong.extend(more);
    assert!(wrong.is_empty(), "{} of {} failed:\n{}", wrong.len(), items.len(), wrong.join("\n"));
}

#[test]
fn every_system_is_there_and_every_line_of_it_gets_the_expected_verdict() {
    let systems = Dialect::all().unwrap();
    assert_eq!(systems.len(), 25);
    let names: BTreeSet<&str> = systems.iter().map(|system| system.name.as_str()).collect();
    assert_eq!(names.len(), systems.len());
    for_each(&systems, |system| {
        incoming(system)?;
        outgoing(system)?;
        for offer in &system.more_offers {
            let mut leg = call::leg_for(system)?;
            let verdict = leg.take(&[&offer.line]);
            check(&verdict, &offer.expect, &format!("{} of {}", offer.line, system.name))?;
        }
        Ok(())
    });
}

#[test]
fn every_pair_of_systems_talks_both_ways_where_both_are_encrypted() {
    let systems = Dialect::all().unwrap();
    let pairs: Vec<(&Dialect, &Dialect)> =
        systems.iter().flat_map(|caller| systems.iter().map(move |callee| (caller, callee))).collect();
    for_each(&pairs, |(caller, callee)| {
        pair(caller, callee).map_err(|error| format!("{} calls {}: {error}", caller.name, callee.name).into())
    });
}

fn pair(caller: &Dialect, callee: &Dialect) -> Result<()> {
    let (mut a, mut b) = (incoming(caller)?, outgoing(callee)?);
    let encrypted = a.is_secure() && b.is_secure();
    let expected = if encrypted { Crossed { rtp: PACKETS, rtcp: 6 } } else { Crossed::default() };
    let there = a.speak_to(&mut b, PACKETS)?;
    let back = b.speak_to(&mut a, PACKETS)?;
    if there != expected || back != expected {
        return Err(format!("{there:?} there, {back:?} back").into());
    }
    a.check_counters(0, 0)?;
    b.check_counters(0, 0)
}

/// A leg on which nothing was agreed has no key: nothing can leave it as if it were protected.
#[test]
fn a_system_without_crypto_leaves_a_leg_that_protects_nothing() {
    for (system, call) in [
        ("acrobits", incoming as fn(&Dialect) -> Result<call::End>),
        ("acrobits", outgoing),
        ("phonerlite", outgoing),
    ] {
        let end = call(&Dialect::named(system).unwrap()).unwrap();
        assert!(!end.is_secure());
        let packet = voxseal_rig::media::rtp_packet(1, 160, 7, &[0; 160]);
        let refused = end.leg.protect(leg::Packet::Rtp, &packet).unwrap_err();
        assert_eq!(refused.status, voxseal::ffi::VOXSEAL_ERR_NO_KEY);
    }
}

#[test]
fn every_system_wraps_its_sequence_numbers_over_udp() {
    let systems: Vec<Dialect> =
        Dialect::all().unwrap().into_iter().filter(|system| system.offer.expect != "none").collect();
    for_each(&systems, |system| {
        udp::long_call(system).map_err(|error| format!("{}: {error}", system.name).into())
    });
}

#[test]
fn an_offer_that_names_no_line_of_ours_is_refused_with_its_reason() {
    let mut leg = Leg::new("nokia", &[]).unwrap();
    let refused =
        leg.take(&["1 F8_128_HMAC_SHA1_80 inline:WpjkRMJa2SxB/MF0MKkdLG5R/VRHWLr7NgD6C7dy"]).unwrap_err();
    assert!(refused.reason.contains("F8_128_HMAC_SHA1_80 is not supported"), "{}", refused.reason);
    assert_eq!(leg.verdicts().unwrap().len(), 1);
}

#[test]
fn one_key_goes_on_with_the_short_tag() {
    rekey::same_key_with_the_short_tag().unwrap();
}

#[test]
fn a_system_that_resets_its_state_with_a_new_key_goes_on_being_heard() {
    let systems = Dialect::all().unwrap();
    let reset = systems.iter().filter(|system| system.media.resets_roc);
    assert_eq!(reset.map(|system| rekey::new_key_of_a_system(&system.name).unwrap()).count(), 1);
}
