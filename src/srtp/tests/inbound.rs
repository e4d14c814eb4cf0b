//! Rules of the inbound direction.

use super::mki::with_mki;
use super::*;
use crate::crypto::CHECKED_TAGS;

#[test]
fn every_suite_carries_both_kinds_across_a_wrap() {
    for suite in CryptoSuite::all() {
        let (mut outbound, mut inbound) = (sender(suite, 1), receiver(suite, 1));
        for step in 0..200u16 {
            let plain = rtp(SSRC, 65_400u16.wrapping_add(step), &[step as u8; 160]);
            let sealed = protect(&mut outbound, PacketKind::Rtp, &plain).unwrap();
            assert_eq!(sealed.len(), plain.len() + suite.params().srtp_tag_len);
            assert_eq!(unprotect(&mut inbound, PacketKind::Rtp, &sealed).unwrap(), plain);
            let plain = rtcp(SSRC, &[step as u8; 20]);
            let sealed = protect(&mut outbound, PacketKind::Rtcp, &plain).unwrap();
            assert_eq!(sealed.len(), plain.len() + 4 + suite.params().srtcp_tag_len);
            assert_eq!(unprotect(&mut inbound, PacketKind::Rtcp, &sealed).unwrap(), plain);
        }
    }
}

#[test]
fn duplicate_and_forged_packets_are_refused_and_change_nothing() {
    let (mut outbound, mut inbound) = (sender(AesCm128HmacSha1_80, 1), receiver(AesCm128HmacSha1_80, 1));
    let sealed = send_rtp(&mut outbound, 1);
    let later = send_rtp(&mut outbound, 2);
    unprotect(&mut inbound, PacketKind::Rtp, &sealed).unwrap();
    assert_eq!(unprotect(&mut inbound, PacketKind::Rtp, &sealed), Err(Error::Replayed));
    for position in 0..later.len() {
        let mut forged = later.clone();
        forged[position] ^= 1;
        assert!(unprotect(&mut inbound, PacketKind::Rtp, &forged).is_err(), "byte {position}");
    }
    unprotect(&mut inbound, PacketKind::Rtp, &later).unwrap();
}

#[test]
fn forged_ssrcs_make_no_stream() {
    let mut inbound = receiver(AesCm128HmacSha1_80, 1);
    for ssrc in 0..10_000 {
        let forged = rtp(ssrc, 1, &[0; 30]);
        assert_eq!(unprotect(&mut inbound, PacketKind::Rtp, &forged), Err(Error::AuthFailed));
    }
    let sealed = send_rtp(&mut sender(AesCm128HmacSha1_80, 1), 1);
    unprotect(&mut inbound, PacketKind::Rtp, &sealed).unwrap();
}

#[test]
fn streams_are_bounded_in_both_directions() {
    let (mut outbound, mut inbound) = (sender(AesCm128HmacSha1_80, 1), receiver(AesCm128HmacSha1_80, 1));
    for ssrc in 0..MAX_STREAMS as u32 {
        let sealed = protect(&mut outbound, PacketKind::Rtp, &rtp(ssrc, 1, b"x")).unwrap();
        unprotect(&mut inbound, PacketKind::Rtp, &sealed).unwrap();
    }
    let one_more = rtp(0xffff_ffff, 1, b"x");
    assert_eq!(protect(&mut outbound, PacketKind::Rtp, &one_more), Err(Error::TooManyStreams));
    let sealed = protect(&mut sender(AesCm128HmacSha1_80, 1), PacketKind::Rtp, &one_more).unwrap();
    assert_eq!(unprotect(&mut inbound, PacketKind::Rtp, &sealed), Err(Error::TooManyStreams));
}

#[test]
fn srtcp_that_says_it_is_not_encrypted_is_refused() {
    let mut outbound = sender(AesCm128HmacSha1_80, 1);
    let mut sealed = protect(&mut outbound, PacketKind::Rtcp, &rtcp(SSRC, &[0; 20])).unwrap();
    let word = sealed.len() - 14;
    sealed[word] &= 0x7f;
    let mut inbound = receiver(AesCm128HmacSha1_80, 1);
    assert_eq!(unprotect(&mut inbound, PacketKind::Rtcp, &sealed), Err(Error::NotEncrypted));
}

#[test]
fn every_length_of_garbage_is_refused_without_a_panic() {
    for suite in CryptoSuite::all() {
        let mut inbound = receiver(suite, 1);
        for len in 0..200 {
            for first in [0x80, 0x90, 0x8f, 0x00] {
                let mut garbage = vec![0xa5; len];
                if let Some(byte) = garbage.first_mut() {
                    *byte = first;
                }
                assert!(unprotect(&mut inbound, PacketKind::Rtp, &garbage).is_err());
                assert!(unprotect(&mut inbound, PacketKind::Rtcp, &garbage).is_err());
            }
        }
    }
}

/// How many tags are checked for a packet that is refused.
fn checked_tags(inbound: &mut Inbound, kind: PacketKind, packet: &[u8]) -> u32 {
    let before = CHECKED_TAGS.get();
    assert!(unprotect(inbound, kind, packet).is_err());
    CHECKED_TAGS.get() - before
}

#[test]
fn garbage_costs_one_authentication_more_than_its_keys_at_most() {
    let suite = AesCm128HmacSha1_32;
    let one = || receiver(suite, 1);
    let (mut replaced, mut of_its_own, mut of_a_line) = (one(), one(), no_receiver(SessionConfig::default()));
    let mut retagged = receiver(AesCm128HmacSha1_80, 1);
    retagged.apply(&policy(Direction::Inbound, suite, 1), START).unwrap();
    replaced.apply(&policy(Direction::Inbound, suite, 2), START).unwrap();
    let own = Policy::new(Direction::Inbound, SsrcRule::Specific(SSRC), master_key(suite, 2));
    of_its_own.apply(&own, START).unwrap();
    let line: [(u8, &[u8]); 3] = [(1, &[1]), (2, &[2]), (3, &[3])];
    of_a_line.apply(&with_mki(Direction::Inbound, suite, &line), START).unwrap();
    // Of two keys that a packet may be under, both must be tried, as must a former tag length; of those of a line,
    // the one that its MKI names.
    for (mut inbound, keys) in [(one(), 1), (replaced, 2), (of_its_own, 2), (of_a_line, 1), (retagged, 2)] {
        let mut most = 0;
        for seq in 0..200 {
            let mut packet = rtp(SSRC, seq, &[7; 40]);
            packet.extend([1, 0, 0, 0, 0]);
            most = most.max(checked_tags(&mut inbound, PacketKind::Rtp, &packet));
            let mut packet = rtcp(SSRC, &[7; 40]);
            packet.extend([0x80, 0, 0, seq as u8, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
            most = most.max(checked_tags(&mut inbound, PacketKind::Rtcp, &packet));
        }
        assert!((keys..=keys + 1).contains(&most), "{most} for {keys} keys");
    }
}

#[test]
fn peer_whose_roc_is_ahead_is_found_and_going_back_is_refused() {
    for suite in CryptoSuite::all() {
        let (mut outbound, mut inbound) = (sender(suite, 1), receiver(suite, 1));
        let early = send_rtp(&mut outbound, 100);
        unprotect(&mut inbound, PacketKind::Rtp, &send_rtp(&mut outbound, 101)).unwrap();
        // Five wraps that the receiver does not hear.
        for seq in (0..5 * 65_536).step_by(20_000).chain([5 * 65_536 + 60]) {
            send_rtp(&mut outbound, (seq % 65_536) as u16);
        }
        let heard = (61..120)
            .find(|seq| unprotect(&mut inbound, PacketKind::Rtp, &send_rtp(&mut outbound, *seq)).is_ok());
        assert_eq!(heard, Some(74), "{suite}: the fifth ROC ahead, every fourth packet tries one");
        assert_eq!(inbound.stats().roc_recoveries, 1);
        unprotect(&mut inbound, PacketKind::Rtp, &send_rtp(&mut outbound, 120)).unwrap();
        assert!(unprotect(&mut inbound, PacketKind::Rtp, &early).is_err(), "no way back");
    }
}

#[test]
fn late_joiner_finds_a_stream_in_its_third_roc() {
    let (mut outbound, mut inbound) = (sender(AeadAes128Gcm, 1), receiver(AeadAes128Gcm, 1));
    for seq in (0..3 * 65_536).step_by(20_000) {
        send_rtp(&mut outbound, (seq % 65_536) as u16);
    }
    let heard = (1000..1030)
        .find(|seq| unprotect(&mut inbound, PacketKind::Rtp, &send_rtp(&mut outbound, *seq)).is_ok());
    assert!(heard.is_some());
}

#[test]
fn thirty_two_bit_srtcp_tags_are_recognised_by_authentication() {
    let (mut outbound, mut inbound) = (sender(AesCm128HmacSha1_32, 1), receiver(AesCm128HmacSha1_32, 1));
    for round in 0..5 {
        let plain = rtcp(SSRC, &[round; 20]);
        let sealed = protect(&mut outbound, PacketKind::Rtcp, &plain).unwrap();
        let short = &sealed[..sealed.len() - 6];
        assert_eq!(unprotect(&mut inbound, PacketKind::Rtcp, short).unwrap(), plain);
        assert!(unprotect(&mut inbound, PacketKind::Rtcp, &sealed).is_err(), "the same index again");
    }
    assert_eq!(inbound.stats().srtcp_tag_changes, 1);
    let sealed = protect(&mut outbound, PacketKind::Rtcp, &rtcp(SSRC, &[9; 20])).unwrap();
    unprotect(&mut inbound, PacketKind::Rtcp, &sealed).unwrap();
    assert_eq!(inbound.stats().srtcp_tag_changes, 2);
}

#[test]
fn eighty_bit_suites_take_no_shorter_tag() {
    let (mut outbound, mut inbound) = (sender(AesCm128HmacSha1_80, 1), receiver(AesCm128HmacSha1_80, 1));
    let sealed = protect(&mut outbound, PacketKind::Rtcp, &rtcp(SSRC, &[1; 20])).unwrap();
    assert!(unprotect(&mut inbound, PacketKind::Rtcp, &sealed[..sealed.len() - 6]).is_err());
}
