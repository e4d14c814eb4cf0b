//! One key whose tags get another length.

use super::*;
use crate::crypto::DerivationRate;

const LONG: CryptoSuite = AesCm128HmacSha1_80;
const SHORT: CryptoSuite = AesCm128HmacSha1_32;

fn apply(inbound: &mut Inbound, suite: CryptoSuite, seed: u8) {
    inbound.apply(&policy(Direction::Inbound, suite, seed), START).unwrap();
}

fn short_overlap(packets: u32, millis: u32) -> SessionConfig {
    SessionConfig::default().with_overlap(Overlap { packets, millis })
}

/// A receiver whose key had the first suite and has the second now.
fn retagged(config: SessionConfig, before: CryptoSuite, after: CryptoSuite) -> Inbound {
    let mut inbound = no_receiver(config);
    apply(&mut inbound, before, 1);
    apply(&mut inbound, after, 1);
    inbound
}

/// A payload too short to be one with ten bytes less, as those of digits are.
fn send_digit(outbound: &mut Outbound, seq: u16) -> Vec<u8> {
    protect(outbound, PacketKind::Rtp, &rtp(SSRC, seq, &[1, 2, 3, 4])).unwrap()
}

#[test]
fn packets_on_their_way_are_read_once_with_the_tag_length_they_have() {
    for (before, after) in [(LONG, SHORT), (SHORT, LONG)] {
        let (mut old, mut new) = (sender(before, 1), sender(after, 1));
        let mut inbound = receiver(before, 1);
        unprotect(&mut inbound, PacketKind::Rtp, &send_rtp(&mut old, 65_530)).unwrap();
        apply(&mut inbound, after, 1);
        // Again nothing new: the overlap goes on, and the former length stays the former one.
        apply(&mut inbound, after, 1);
        unprotect(&mut inbound, PacketKind::Rtp, &send_rtp(&mut new, 65_535)).unwrap();
        send_rtp(&mut new, 0);
        unprotect(&mut inbound, PacketKind::Rtp, &send_rtp(&mut new, 1)).unwrap();
        for seq in 65_531..65_535 {
            let late = send_digit(&mut old, seq);
            let plain = rtp(SSRC, seq, &[1, 2, 3, 4]);
            assert_eq!(unprotect(&mut inbound, PacketKind::Rtp, &late), Ok(plain), "{before}, {seq}");
            assert_eq!(unprotect(&mut inbound, PacketKind::Rtp, &late), Err(Error::Replayed));
            let with_other_tag = send_digit(&mut sender(after, 1), seq);
            assert_eq!(unprotect(&mut inbound, PacketKind::Rtp, &with_other_tag), Err(Error::Replayed));
        }
        assert_eq!(inbound.streams().count(), 1);
        assert_eq!(inbound.stats().auth_failures, 0);
    }
}

#[test]
fn the_former_tag_length_ends_after_the_packets_of_the_overlap() {
    for (before, after) in [(LONG, SHORT), (SHORT, LONG)] {
        let mut inbound = retagged(short_overlap(5, u32::MAX), before, after);
        let (mut old, mut new) = (sender(before, 1), sender(after, 1));
        for seq in 0..5 {
            // Those with the former length do not count.
            for late in 0..5 {
                unprotect(&mut inbound, PacketKind::Rtp, &send_rtp(&mut old, 100 + 10 * seq + late)).unwrap();
            }
            unprotect(&mut inbound, PacketKind::Rtp, &send_rtp(&mut new, 200 + seq)).unwrap();
        }
        let late = send_rtp(&mut old, 199);
        assert_eq!(unprotect(&mut inbound, PacketKind::Rtp, &late), Err(Error::AuthFailed), "{before}");
        unprotect(&mut inbound, PacketKind::Rtp, &send_rtp(&mut new, 205)).unwrap();
    }
}

#[test]
fn the_former_tag_length_ends_by_time() {
    for (before, after) in [(LONG, SHORT), (SHORT, LONG)] {
        let mut inbound = retagged(short_overlap(1000, 500), before, after);
        let mut old = sender(before, 1);
        let mut receive_at = |seq, millis| {
            let mut packet = send_rtp(&mut old, seq);
            inbound.unprotect(PacketKind::Rtp, &mut packet, || Millis(START.0 + millis)).map(|_| ())
        };
        assert_eq!(receive_at(1, 499), Ok(()));
        assert_eq!(receive_at(2, 500), Err(Error::AuthFailed));
    }
}

#[test]
fn short_srtcp_tags_on_their_way_are_read_when_the_suite_becomes_the_long_one() {
    let mut old = Outbound::new(SessionConfig::default().answering_short_srtcp_tags(true), {
        let peer = PeerHabits::default();
        peer.set_short_srtcp_tags(true);
        peer.into()
    });
    old.apply(&policy(Direction::Outbound, SHORT, 1), START).unwrap();
    let mut inbound = receiver(SHORT, 1);
    let report =
        |outbound: &mut Outbound| protect(outbound, PacketKind::Rtcp, &rtcp(SSRC, &[7; 20])).unwrap();
    let first = report(&mut old);
    assert_eq!(first.len(), 28 + 4 + 4);
    unprotect(&mut inbound, PacketKind::Rtcp, &first).unwrap();
    let late: Vec<_> = (0..3).map(|_| report(&mut old)).collect();
    let mut new = sender(LONG, 1);
    let skipped: Vec<_> = (0..5).map(|_| report(&mut new)).collect();
    apply(&mut inbound, LONG, 1);
    unprotect(&mut inbound, PacketKind::Rtcp, &skipped[4]).unwrap();
    for late in late {
        unprotect(&mut inbound, PacketKind::Rtcp, &late).unwrap();
        assert!(unprotect(&mut inbound, PacketKind::Rtcp, &late).is_err(), "once");
    }
    assert_eq!(unprotect(&mut inbound, PacketKind::Rtcp, &skipped[1]), Err(Error::Replayed));
}

#[test]
fn a_key_out_of_use_that_returns_with_another_tag_length_is_read_with_that_alone() {
    let mut inbound = no_receiver(short_overlap(1, u32::MAX));
    apply(&mut inbound, SHORT, 1);
    apply(&mut inbound, SHORT, 2);
    unprotect(&mut inbound, PacketKind::Rtp, &send_rtp(&mut sender(SHORT, 2), 1)).unwrap();
    let mut old = sender(SHORT, 1);
    let late = send_rtp(&mut old, 2);
    assert_eq!(unprotect(&mut inbound, PacketKind::Rtp, &late), Err(Error::AuthFailed));
    apply(&mut inbound, LONG, 1);
    assert_eq!(unprotect(&mut inbound, PacketKind::Rtp, &late), Err(Error::AuthFailed));
    unprotect(&mut inbound, PacketKind::Rtp, &send_rtp(&mut sender(LONG, 1), 1)).unwrap();
}

#[test]
fn a_key_that_is_replaced_while_its_tags_change_is_read_with_both_lengths() {
    let mut inbound = retagged(SessionConfig::default(), LONG, SHORT);
    apply(&mut inbound, AeadAes128Gcm, 2);
    unprotect(&mut inbound, PacketKind::Rtp, &send_rtp(&mut sender(AeadAes128Gcm, 2), 1)).unwrap();
    unprotect(&mut inbound, PacketKind::Rtp, &send_rtp(&mut sender(LONG, 1), 1)).unwrap();
    unprotect(&mut inbound, PacketKind::Rtp, &send_rtp(&mut sender(SHORT, 1), 2)).unwrap();
}

#[test]
fn the_former_derivation_rate_is_followed_for_the_overlap() {
    let at_rate = |direction, exponent| {
        let derivation_rate = DerivationRate::power_of_two(exponent).unwrap();
        let key = PolicyKey { derivation_rate, ..PolicyKey::new(master_key(LONG, 1)) };
        Policy::with_keys(direction, SsrcRule::Any, vec![key]).unwrap()
    };
    let (mut outbound, mut inbound) = (no_sender(), no_receiver(short_overlap(1, u32::MAX)));
    outbound.apply(&at_rate(Direction::Outbound, 2), START).unwrap();
    let late: Vec<_> = (100..102).map(|seq| send_rtp(&mut outbound, seq)).collect();
    for exponent in [2, 5] {
        outbound.apply(&at_rate(Direction::Outbound, exponent), START).unwrap();
        inbound.apply(&at_rate(Direction::Inbound, exponent), START).unwrap();
    }
    unprotect(&mut inbound, PacketKind::Rtp, &late[0]).unwrap();
    unprotect(&mut inbound, PacketKind::Rtp, &send_rtp(&mut outbound, 102)).unwrap();
    assert_eq!(unprotect(&mut inbound, PacketKind::Rtp, &late[1]), Err(Error::AuthFailed));
}

#[test]
fn a_peer_that_is_ahead_is_found_while_its_tags_change() {
    let mut inbound = retagged(SessionConfig::default(), LONG, SHORT);
    let mut outbound = sender(SHORT, 1);
    for seq in [0, 30_000, 60_000] {
        send_rtp(&mut outbound, seq);
    }
    let heard =
        (0..8).any(|seq| unprotect(&mut inbound, PacketKind::Rtp, &send_rtp(&mut outbound, seq)).is_ok());
    assert!(heard);
    assert_eq!(inbound.stats().roc_recoveries, 1);
}

#[test]
fn a_key_whose_overlap_is_over_returns_with_its_new_tag_length_alone() {
    let mut inbound = no_receiver(short_overlap(1000, 500));
    apply(&mut inbound, SHORT, 1);
    apply(&mut inbound, SHORT, 2);
    // No packet has come since, so nothing has put the key out of use.
    let returning = policy(Direction::Inbound, LONG, 1);
    inbound.apply(&returning, Millis(START.0 + 500)).unwrap();
    let late = send_rtp(&mut sender(SHORT, 1), 1);
    let mut packet = late.clone();
    let result = inbound.unprotect(PacketKind::Rtp, &mut packet, || Millis(START.0 + 500));
    assert_eq!(result, Err(Error::AuthFailed));
}

#[test]
fn packets_on_their_way_are_not_read_as_clear_when_encryption_ends_with_their_tag_length() {
    let clear = |direction, suite| {
        let encryption = Encryption { srtp: false, srtcp: true };
        let key = PolicyKey { encryption, ..PolicyKey::new(master_key(suite, 1)) };
        Policy::with_keys(direction, SsrcRule::Any, vec![key]).unwrap()
    };
    let mut inbound = receiver(LONG, 1);
    let late = send_rtp(&mut sender(LONG, 1), 1);
    inbound.apply(&clear(Direction::Inbound, SHORT), START).unwrap();
    assert_eq!(unprotect(&mut inbound, PacketKind::Rtp, &late), Err(Error::AuthFailed));
    let mut outbound = no_sender();
    outbound.apply(&clear(Direction::Outbound, SHORT), START).unwrap();
    unprotect(&mut inbound, PacketKind::Rtp, &send_rtp(&mut outbound, 1)).unwrap();
}
