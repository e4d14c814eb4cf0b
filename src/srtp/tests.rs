use super::*;
use crate::error::Error;
use crate::secret::MasterKey;
use crate::suite::CryptoSuite::{self, *};

const SSRC: u32 = 0x0102_0304;

fn master_key(suite: CryptoSuite, seed: u8) -> MasterKey {
    let bytes: Vec<u8> = (0..suite.key_salt_len() as u8).map(|n| n.wrapping_mul(7) ^ seed).collect();
    MasterKey::new(suite, &bytes).unwrap()
}

fn policy(direction: Direction, suite: CryptoSuite, seed: u8) -> Policy {
    Policy::new(direction, SsrcRule::Any, master_key(suite, seed))
}

fn rtp(ssrc: u32, seq: u16, payload: &[u8]) -> Vec<u8> {
    let mut packet = vec![0x80, 0];
    packet.extend(seq.to_be_bytes());
    packet.extend([0, 0, 0, 1]);
    packet.extend(ssrc.to_be_bytes());
    packet.extend(payload);
    packet
}

fn rtcp(ssrc: u32, body: &[u8]) -> Vec<u8> {
    let mut packet = vec![0x80, 200, 0, (1 + body.len() / 4) as u8];
    packet.extend(ssrc.to_be_bytes());
    packet.extend(body);
    packet
}

const START: Millis = Millis(1_000_000);

fn no_sender() -> Outbound {
    Outbound::new(SessionConfig::default(), Default::default())
}

fn no_receiver(config: SessionConfig) -> Inbound {
    Inbound::new(config, Default::default())
}

fn sender(suite: CryptoSuite, seed: u8) -> Outbound {
    let mut outbound = no_sender();
    outbound.apply(&policy(Direction::Outbound, suite, seed)).unwrap();
    outbound
}

fn receiver(suite: CryptoSuite, seed: u8) -> Inbound {
    let mut inbound = no_receiver(SessionConfig::default());
    inbound.apply(&policy(Direction::Inbound, suite, seed), START).unwrap();
    inbound
}

fn protect(outbound: &mut Outbound, kind: PacketKind, packet: &[u8]) -> Result<Vec<u8>, Error> {
    let mut out = vec![0; packet.len() + MAX_TRAILER_LEN];
    let len = outbound.protect(kind, packet, &mut out)?;
    out.truncate(len);
    Ok(out)
}

fn unprotect(inbound: &mut Inbound, kind: PacketKind, packet: &[u8]) -> Result<Vec<u8>, Error> {
    let mut packet = packet.to_vec();
    let before = packet.clone();
    match inbound.unprotect(kind, &mut packet, || START) {
        Ok(len) => {
            packet.truncate(len);
            Ok(packet)
        }
        Err(error) => {
            assert_eq!(packet, before, "a refused packet stays as it was");
            Err(error)
        }
    }
}

fn send_rtp(outbound: &mut Outbound, seq: u16) -> Vec<u8> {
    protect(outbound, PacketKind::Rtp, &rtp(SSRC, seq, b"some payload")).unwrap()
}

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
fn same_packet_again_gives_identical_bytes_and_other_bytes_are_refused() {
    for suite in CryptoSuite::all() {
        let mut outbound = sender(suite, 1);
        let first = send_rtp(&mut outbound, 10);
        send_rtp(&mut outbound, 11);
        assert_eq!(send_rtp(&mut outbound, 10), first);
        let other = rtp(SSRC, 10, b"another load");
        let mut out = vec![0xee; 200];
        assert_eq!(outbound.protect(PacketKind::Rtp, &other, &mut out), Err(Error::IndexReused));
        assert!(out[..other.len() + 20].iter().all(|byte| *byte == 0), "nothing is left in the buffer");
        assert_eq!(send_rtp(&mut outbound, 10), first);
    }
}

#[test]
fn a_thousand_packets_can_be_repeated_once_a_stream_retransmits() {
    let mut outbound = sender(AesCm128HmacSha1_80, 1);
    send_rtp(&mut outbound, 0);
    send_rtp(&mut outbound, 0);
    let sent: Vec<_> = (1..1024).map(|seq| send_rtp(&mut outbound, seq)).collect();
    for (seq, sealed) in (1..1024).zip(&sent) {
        assert_eq!(&send_rtp(&mut outbound, seq), sealed);
    }
}

#[test]
fn reordered_outbound_packet_is_fresh_and_goes_out() {
    let (mut outbound, mut inbound) = (sender(AesCm128HmacSha1_80, 1), receiver(AesCm128HmacSha1_80, 1));
    for seq in [5, 7, 6, 4] {
        let sealed = send_rtp(&mut outbound, seq);
        unprotect(&mut inbound, PacketKind::Rtp, &sealed).unwrap();
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
fn no_key_means_refused_not_clear() {
    let plain = rtp(SSRC, 1, b"secret");
    assert_eq!(protect(&mut no_sender(), PacketKind::Rtp, &plain), Err(Error::NoKey));
    let mut inbound = no_receiver(SessionConfig::default());
    assert_eq!(unprotect(&mut inbound, PacketKind::Rtp, &plain), Err(Error::NoKey));
}

#[test]
fn same_key_again_keeps_the_roc() {
    let (mut outbound, mut inbound) = (sender(AesCm128HmacSha1_80, 1), receiver(AesCm128HmacSha1_80, 1));
    for seq in [65_534, 65_535, 0, 1] {
        let sealed = send_rtp(&mut outbound, seq);
        unprotect(&mut inbound, PacketKind::Rtp, &sealed).unwrap();
    }
    outbound.apply(&policy(Direction::Outbound, AesCm128HmacSha1_80, 1)).unwrap();
    inbound.apply(&policy(Direction::Inbound, AesCm128HmacSha1_80, 1), START).unwrap();
    let sealed = send_rtp(&mut outbound, 2);
    unprotect(&mut inbound, PacketKind::Rtp, &sealed).unwrap();
}

#[test]
fn new_key_starts_at_roc_zero_and_the_old_one_opens_what_was_in_flight() {
    let (mut outbound, mut inbound) = (sender(AesCm128HmacSha1_80, 1), receiver(AesCm128HmacSha1_80, 1));
    for seq in [65_535, 0] {
        let sealed = send_rtp(&mut outbound, seq);
        unprotect(&mut inbound, PacketKind::Rtp, &sealed).unwrap();
    }
    let in_flight = send_rtp(&mut outbound, 1);
    outbound.apply(&policy(Direction::Outbound, AesCm128HmacSha1_80, 2)).unwrap();
    inbound.apply(&policy(Direction::Inbound, AesCm128HmacSha1_80, 2), START).unwrap();
    let under_new = send_rtp(&mut outbound, 2);
    assert_eq!(under_new, send_rtp(&mut sender(AesCm128HmacSha1_80, 2), 2), "a new key starts at ROC 0");
    unprotect(&mut inbound, PacketKind::Rtp, &under_new).unwrap();
    unprotect(&mut inbound, PacketKind::Rtp, &in_flight).unwrap();
    assert!(unprotect(&mut inbound, PacketKind::Rtp, &in_flight).is_err(), "once");
}

#[test]
fn the_overlap_of_an_old_key_ends() {
    let mut inbound = receiver(AesCm128HmacSha1_80, 1);
    let mut old_sender = sender(AesCm128HmacSha1_80, 1);
    inbound.apply(&policy(Direction::Inbound, AesCm128HmacSha1_80, 2), START).unwrap();
    let mut new_sender = sender(AesCm128HmacSha1_80, 2);
    for seq in 0..1024 {
        unprotect(&mut inbound, PacketKind::Rtp, &send_rtp(&mut new_sender, seq)).unwrap();
    }
    let late = send_rtp(&mut old_sender, 1024);
    assert_eq!(unprotect(&mut inbound, PacketKind::Rtp, &late), Err(Error::AuthFailed));
}

#[test]
fn a_replaced_local_key_that_returns_goes_on_from_its_last_index() {
    let mut outbound = sender(AeadAes128Gcm, 1);
    let first = send_rtp(&mut outbound, 1);
    outbound.apply(&policy(Direction::Outbound, AeadAes128Gcm, 2)).unwrap();
    outbound.apply(&policy(Direction::Outbound, AeadAes128Gcm, 1)).unwrap();
    let other = rtp(SSRC, 1, b"another load");
    assert_eq!(protect(&mut outbound, PacketKind::Rtp, &other), Err(Error::IndexReused));
    assert_eq!(send_rtp(&mut outbound, 1), first);
}

#[test]
fn a_local_key_whose_indexes_are_forgotten_never_returns() {
    let mut outbound = sender(AeadAes128Gcm, 1);
    for seed in 2..8 {
        outbound.apply(&policy(Direction::Outbound, AeadAes128Gcm, seed)).unwrap();
    }
    let back = policy(Direction::Outbound, AeadAes128Gcm, 1);
    assert_eq!(outbound.apply(&back), Err(Error::KeyReused));
    assert_eq!(send_rtp(&mut outbound, 2), send_rtp(&mut sender(AeadAes128Gcm, 7), 2), "nothing changed");
}

#[test]
fn same_key_with_another_tag_length_takes_effect_and_keeps_the_indexes() {
    let (mut outbound, mut inbound) = (sender(AesCm128HmacSha1_80, 1), receiver(AesCm128HmacSha1_80, 1));
    let before = send_rtp(&mut outbound, 7);
    unprotect(&mut inbound, PacketKind::Rtp, &before).unwrap();
    outbound.apply(&policy(Direction::Outbound, AesCm128HmacSha1_32, 1)).unwrap();
    inbound.apply(&policy(Direction::Inbound, AesCm128HmacSha1_32, 1), START).unwrap();
    let after = send_rtp(&mut outbound, 8);
    assert_eq!(after.len() + 6, before.len());
    unprotect(&mut inbound, PacketKind::Rtp, &after).unwrap();
    let shortened = &before[..before.len() - 6];
    assert_eq!(unprotect(&mut inbound, PacketKind::Rtp, shortened), Err(Error::Replayed));
    let other = rtp(SSRC, 7, b"another load");
    assert_eq!(protect(&mut outbound, PacketKind::Rtp, &other), Err(Error::IndexReused));
}

#[test]
fn specific_ssrc_has_its_own_key_and_an_unknown_one_uses_the_local_key() {
    let mut outbound = no_sender();
    for (ssrc, seed) in [(SsrcRule::Specific(1), 1), (SsrcRule::Any, 2)] {
        let master_key = master_key(AesCm128HmacSha1_80, seed);
        outbound.apply(&Policy::new(Direction::Outbound, ssrc, master_key)).unwrap();
    }
    for (ssrc, seed) in [(1, 1), (99, 2)] {
        let plain = rtp(ssrc, 1, b"payload");
        let sealed = protect(&mut outbound, PacketKind::Rtp, &plain).unwrap();
        unprotect(&mut receiver(AesCm128HmacSha1_80, seed), PacketKind::Rtp, &sealed).unwrap();
    }
    outbound.rename_ssrc(1, 5);
    let sealed = protect(&mut outbound, PacketKind::Rtp, &rtp(5, 1, b"payload")).unwrap();
    unprotect(&mut receiver(AesCm128HmacSha1_80, 1), PacketKind::Rtp, &sealed).unwrap();
}

#[test]
fn one_key_under_two_rules_is_one_set_of_indexes() {
    let mut outbound = sender(AeadAes128Gcm, 1);
    send_rtp(&mut outbound, 1);
    let master_key = master_key(AeadAes128Gcm, 1);
    let ssrc = SsrcRule::Specific(SSRC);
    outbound.apply(&Policy::new(Direction::Outbound, ssrc, master_key)).unwrap();
    let other = rtp(SSRC, 1, b"another load");
    assert_eq!(protect(&mut outbound, PacketKind::Rtp, &other), Err(Error::IndexReused));
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

#[test]
fn freed_handle_is_recognised_also_when_its_slot_is_used_again() {
    let table = SessionTable::new();
    let first = table.insert(SessionConfig::default()).unwrap();
    table.remove(first).unwrap();
    assert_eq!(table.remove(first), Err(Error::BadHandle));
    let second = table.insert(SessionConfig::default()).unwrap();
    assert_eq!(second.0 as u32, first.0 as u32, "the slot is used again");
    assert_eq!(table.outbound(first, |_| Ok(())), Err(Error::BadHandle));
    assert_eq!(table.outbound(second, |_| Ok(())), Ok(()));
    for never in [0, 1, u64::MAX, 1 << 32, 77 << 32 | 5] {
        assert_eq!(table.inbound(SessionId(never), |_| Ok(())), Err(Error::BadHandle));
        assert_eq!(table.remove(SessionId(never)), Err(Error::BadHandle));
    }
}

#[test]
fn a_panic_puts_one_direction_of_one_session_out_of_use_and_freeing_still_works() {
    let table = SessionTable::new();
    let id = table.insert(SessionConfig::default()).unwrap();
    let panic = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        let _: Result<(), Error> = table.outbound(id, |_| panic!("on purpose"));
    }));
    assert!(panic.is_err());
    assert_eq!(table.outbound(id, |_| Ok(())), Err(Error::Poisoned));
    assert_eq!(table.inbound(id, |_| Ok(())), Ok(()));
    table.remove(id).unwrap();
    let again = table.insert(SessionConfig::default()).unwrap();
    assert_eq!(table.outbound(again, |_| Ok(())), Ok(()));
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
        assert_eq!(heard, Some(69), "{suite}: the fifth ROC ahead, every other packet tries one");
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

fn with_mki(direction: Direction, suite: CryptoSuite, seeds_and_mkis: &[(u8, &[u8])]) -> Policy {
    let keys = seeds_and_mkis.iter().map(|(seed, mki)| {
        let lifetime = Lifetime::default();
        PolicyKey { master_key: master_key(suite, *seed), mki: (*mki).into(), lifetime }
    });
    Policy::with_keys(direction, SsrcRule::Any, keys.collect()).unwrap()
}

#[test]
fn mki_is_sent_stripped_and_switches_keys_in_both_kinds() {
    let mkis: [(u8, &[u8]); 3] = [(1, &[0, 1]), (2, &[0, 2]), (3, &[0, 3])];
    for suite in CryptoSuite::all() {
        let (mut outbound, mut inbound) = (no_sender(), no_receiver(SessionConfig::default()));
        outbound.apply(&with_mki(Direction::Outbound, suite, &mkis)).unwrap();
        inbound.apply(&with_mki(Direction::Inbound, suite, &mkis), START).unwrap();
        for (step, (_, mki)) in mkis.into_iter().chain(mkis).enumerate() {
            outbound.select_mki(mki).unwrap();
            assert_eq!(outbound.key().unwrap().mki, mki);
            let plain = rtp(SSRC, step as u16, b"some payload");
            let sealed = protect(&mut outbound, PacketKind::Rtp, &plain).unwrap();
            assert_eq!(sealed.len(), plain.len() + 2 + suite.params().srtp_tag_len);
            assert_eq!(unprotect(&mut inbound, PacketKind::Rtp, &sealed).unwrap(), plain);
            let plain = rtcp(SSRC, &[step as u8; 20]);
            let sealed = protect(&mut outbound, PacketKind::Rtcp, &plain).unwrap();
            assert_eq!(unprotect(&mut inbound, PacketKind::Rtcp, &sealed).unwrap(), plain);
        }
        assert_eq!(outbound.select_mki(&[0, 9]), Err(Error::UnknownMki));
        assert_eq!(inbound.stats().mki_changes, 0);
    }
}

#[test]
fn unknown_mki_is_refused() {
    let (mut outbound, mut inbound) = (no_sender(), no_receiver(SessionConfig::default()));
    outbound.apply(&with_mki(Direction::Outbound, AesCm128HmacSha1_80, &[(1, &[7])])).unwrap();
    inbound.apply(&with_mki(Direction::Inbound, AesCm128HmacSha1_80, &[(1, &[8])]), START).unwrap();
    assert_eq!(unprotect(&mut inbound, PacketKind::Rtp, &send_rtp(&mut outbound, 1)), Err(Error::UnknownMki));
}

#[test]
fn peer_that_announces_an_mki_and_sends_none_is_recognised_and_the_reverse() {
    for (sent, announced) in [(&[][..], &[1, 2, 3][..]), (&[9], &[]), (&[0, 0, 0, 1], &[]), (&[5], &[0, 5])] {
        for suite in CryptoSuite::all() {
            let (mut outbound, mut inbound) = (no_sender(), no_receiver(SessionConfig::default()));
            outbound.apply(&with_mki(Direction::Outbound, suite, &[(1, sent)])).unwrap();
            inbound.apply(&with_mki(Direction::Inbound, suite, &[(1, announced)]), START).unwrap();
            let mut heard = (0..12)
                .map(|seq| unprotect(&mut inbound, PacketKind::Rtp, &send_rtp(&mut outbound, seq)).is_ok())
                .skip_while(|heard| !heard);
            assert_eq!(heard.next(), Some(true), "{suite} {sent:?} {announced:?}");
            assert!(heard.all(|heard| heard), "once recognised, nothing is lost");
            assert_eq!(inbound.stats().mki_changes, 1);
            let sealed = protect(&mut outbound, PacketKind::Rtcp, &rtcp(SSRC, &[0; 20])).unwrap();
            unprotect(&mut inbound, PacketKind::Rtcp, &sealed).unwrap();
        }
    }
}

#[test]
fn several_keys_need_mkis_of_one_length_each_its_own() {
    let policy = |seeds_and_mkis: &[(u8, &[u8])]| {
        let keys = seeds_and_mkis.iter().map(|(seed, mki)| {
            let master_key = master_key(AesCm128HmacSha1_80, *seed);
            PolicyKey { master_key, mki: (*mki).into(), lifetime: Lifetime::default() }
        });
        Policy::with_keys(Direction::Outbound, SsrcRule::Any, keys.collect()).map(|_| ())
    };
    assert_eq!(policy(&[]), Err(Error::BadState));
    assert_eq!(policy(&[(1, &[]), (2, &[])]), Err(Error::BadArgument));
    assert_eq!(policy(&[(1, &[1]), (2, &[1])]), Err(Error::BadArgument));
    assert_eq!(policy(&[(1, &[1]), (1, &[2])]), Err(Error::BadArgument));
    assert_eq!(policy(&[(1, &[1]), (2, &[1, 2])]), Err(Error::BadArgument));
    assert_eq!(policy(&[(1, &[0; 129])]), Err(Error::BadArgument));
    assert_eq!(policy(&[(1, &[0; 128])]), Ok(()));
}

fn with_lifetime(direction: Direction, seed: u8, srtp: u64, srtcp: u64) -> Policy {
    let master_key = master_key(AesCm128HmacSha1_80, seed);
    let key = PolicyKey { lifetime: Lifetime { srtp, srtcp }, ..PolicyKey::new(master_key) };
    Policy::with_keys(direction, SsrcRule::Any, vec![key]).unwrap()
}

#[test]
fn lifetime_reports_at_the_soft_limit_and_refuses_at_the_hard_one() {
    let mut outbound = no_sender();
    outbound.apply(&with_lifetime(Direction::Outbound, 1, 16, 2)).unwrap();
    for seq in 0..16 {
        let key = outbound.key().unwrap();
        assert_eq!((key.srtp_remaining, key.soft_limit_reached), (16 - u64::from(seq), seq >= 14));
        send_rtp(&mut outbound, seq);
    }
    let over = rtp(SSRC, 16, b"some payload");
    assert_eq!(protect(&mut outbound, PacketKind::Rtp, &over), Err(Error::LifetimeExhausted));
    send_rtp(&mut outbound, 15); // a repeat uses nothing up
    for _ in 0..2 {
        protect(&mut outbound, PacketKind::Rtcp, &rtcp(SSRC, &[0; 20])).unwrap();
    }
    let over = protect(&mut outbound, PacketKind::Rtcp, &rtcp(SSRC, &[0; 20]));
    assert_eq!(over, Err(Error::LifetimeExhausted), "SRTCP has a limit of its own");
    outbound.apply(&with_lifetime(Direction::Outbound, 2, 16, 2)).unwrap();
    send_rtp(&mut outbound, 16);
}

#[test]
fn packets_past_the_lifetime_are_not_accepted_and_applying_it_again_gives_nothing_back() {
    let (mut outbound, mut inbound) = (sender(AesCm128HmacSha1_80, 1), no_receiver(SessionConfig::default()));
    inbound.apply(&with_lifetime(Direction::Inbound, 1, 3, 1), START).unwrap();
    for seq in 0..3 {
        unprotect(&mut inbound, PacketKind::Rtp, &send_rtp(&mut outbound, seq)).unwrap();
    }
    inbound.apply(&with_lifetime(Direction::Inbound, 1, 3, 1), START).unwrap();
    let over = send_rtp(&mut outbound, 3);
    assert_eq!(unprotect(&mut inbound, PacketKind::Rtp, &over), Err(Error::LifetimeExhausted));
}

#[test]
fn the_overlap_of_an_old_key_ends_by_time_too() {
    let overlap = Overlap { packets: 1000, millis: 500 };
    let mut inbound = no_receiver(SessionConfig::default().with_overlap(overlap));
    let mut old_sender = sender(AesCm128HmacSha1_80, 1);
    for seed in [1, 2] {
        inbound.apply(&policy(Direction::Inbound, AesCm128HmacSha1_80, seed), START).unwrap();
    }
    let mut receive_at = |seq, millis| {
        let mut packet = send_rtp(&mut old_sender, seq);
        inbound.unprotect(PacketKind::Rtp, &mut packet, || Millis(START.0 + millis)).map(|_| ())
    };
    assert_eq!(receive_at(1, 499), Ok(()));
    assert_eq!(receive_at(2, 500), Err(Error::AuthFailed));
}

#[test]
fn short_srtcp_tags_are_answered_in_kind_where_the_setting_says_so() {
    for answer in [false, true] {
        let table = SessionTable::new();
        let config = SessionConfig::default().answering_short_srtcp_tags(answer);
        let id = table.insert(config).unwrap();
        for (direction, seed) in [(Direction::Inbound, 1), (Direction::Outbound, 2)] {
            table.apply(id, &policy(direction, AesCm128HmacSha1_32, seed), START).unwrap();
        }
        let reply = |plain: &[u8]| {
            let mut out = [0; 200];
            table.outbound(id, |outbound| outbound.protect(PacketKind::Rtcp, plain, &mut out)).unwrap()
        };
        let plain = rtcp(SSRC, &[0; 20]);
        assert_eq!(reply(&plain), plain.len() + 4 + 10);
        let mut peer = sender(AesCm128HmacSha1_32, 1);
        let mut short = protect(&mut peer, PacketKind::Rtcp, &plain).unwrap();
        short.truncate(short.len() - 6);
        table.inbound(id, |inbound| inbound.unprotect(PacketKind::Rtcp, &mut short, || START)).unwrap();
        assert_eq!(reply(&plain), plain.len() + 4 + if answer { 4 } else { 10 });
    }
}
