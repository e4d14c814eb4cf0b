//! Lines of several keys, told apart by their MKIs.

use super::*;

pub(super) fn with_mki(direction: Direction, suite: CryptoSuite, seeds_and_mkis: &[(u8, &[u8])]) -> Policy {
    let keys = seeds_and_mkis
        .iter()
        .map(|(seed, mki)| PolicyKey { mki: (*mki).into(), ..PolicyKey::new(master_key(suite, *seed)) });
    Policy::with_keys(direction, SsrcRule::Any, keys.collect()).unwrap()
}

#[test]
fn mki_is_sent_stripped_and_switches_keys_in_both_kinds() {
    let mkis: [(u8, &[u8]); 3] = [(1, &[0, 1]), (2, &[0, 2]), (3, &[0, 3])];
    for suite in CryptoSuite::all() {
        let (mut outbound, mut inbound) = (no_sender(), no_receiver(SessionConfig::default()));
        outbound.apply(&with_mki(Direction::Outbound, suite, &mkis), START).unwrap();
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
        outbound.select_mki(&[0, 2]).unwrap();
        outbound.apply(&with_mki(Direction::Outbound, suite, &mkis), START).unwrap();
        assert_eq!(outbound.key().unwrap().mki, [0, 2], "the same keys again change nothing");
        assert_eq!(inbound.stats().mki_changes, 0);
    }
}

#[test]
fn new_key_before_one_that_stays_goes_on_from_its_indexes() {
    let lines: [&[(u8, &[u8])]; 3] = [&[(1, &[1])], &[(2, &[2]), (1, &[1])], &[(3, &[3]), (2, &[2])]];
    for suite in CryptoSuite::all() {
        let (mut outbound, mut inbound) = (no_sender(), no_receiver(SessionConfig::default()));
        for keys in lines {
            outbound.apply(&with_mki(Direction::Outbound, suite, keys), START).unwrap();
            inbound.apply(&with_mki(Direction::Inbound, suite, keys), START).unwrap();
            for seq in [30_000, 60_000, 20_000] {
                unprotect(&mut inbound, PacketKind::Rtp, &send_rtp(&mut outbound, seq)).unwrap();
                let sealed = protect(&mut outbound, PacketKind::Rtcp, &rtcp(SSRC, &[0; 20])).unwrap();
                unprotect(&mut inbound, PacketKind::Rtcp, &sealed).unwrap();
            }
        }
        assert_eq!(outbound.streams().last().unwrap().index, Some(3 << 16 | 20_000), "{suite}");
        assert_eq!(inbound.stats().roc_recoveries, 0);
    }
}

#[test]
fn key_that_is_left_of_its_line_goes_on_from_the_one_that_was_in_use() {
    let (mut outbound, mut inbound) = (no_sender(), no_receiver(SessionConfig::default()));
    let lines: [&[(u8, &[u8])]; 2] = [&[(1, &[1]), (2, &[2])], &[(1, &[])]];
    let apply = |outbound: &mut Outbound, inbound: &mut Inbound, keys| {
        outbound.apply(&with_mki(Direction::Outbound, AeadAes128Gcm, keys), START).unwrap();
        inbound.apply(&with_mki(Direction::Inbound, AeadAes128Gcm, keys), START).unwrap();
    };
    apply(&mut outbound, &mut inbound, lines[0]);
    unprotect(&mut inbound, PacketKind::Rtp, &send_rtp(&mut outbound, 60_000)).unwrap();
    outbound.select_mki(&[2]).unwrap();
    for seq in [20_000, 30_000] {
        unprotect(&mut inbound, PacketKind::Rtp, &send_rtp(&mut outbound, seq)).unwrap();
    }
    apply(&mut outbound, &mut inbound, lines[1]);
    // The receiver, which counts for each key, finds out where this one is.
    let heard: Vec<bool> = (30_001..30_008)
        .map(|seq| unprotect(&mut inbound, PacketKind::Rtp, &send_rtp(&mut outbound, seq)).is_ok())
        .collect();
    assert!(heard[3..].iter().all(|heard| *heard), "{heard:?}");
}

#[test]
fn indexes_under_a_line_that_was_replaced_say_nothing_of_the_next_one() {
    for suite in CryptoSuite::all() {
        let (mut outbound, mut inbound) = (no_sender(), no_receiver(SessionConfig::default()));
        let mut seqs = (0..).step_by(20_000).map(|index: u32| index as u16);
        for (number, mki) in [(1, [1]), (2, [2]), (3, [3])] {
            let mut now = Millis(START.0 + u64::from(number) * 100_000);
            outbound.apply(&with_mki(Direction::Outbound, suite, &[(number, &mki)]), now).unwrap();
            inbound.apply(&with_mki(Direction::Inbound, suite, &[(number, &mki)]), now).unwrap();
            // Across a wrap, and on when the overlap of the key before is over.
            for seq in seqs.by_ref().take(10) {
                now.0 += 10_000;
                let mut packet = send_rtp(&mut outbound, seq);
                let opened = inbound.unprotect(PacketKind::Rtp, &mut packet, || now);
                assert!(opened.is_ok(), "{suite} key {number} seq {seq}: {opened:?}");
            }
        }
    }
}

#[test]
fn unknown_mki_is_refused() {
    let (mut outbound, mut inbound) = (no_sender(), no_receiver(SessionConfig::default()));
    outbound.apply(&with_mki(Direction::Outbound, AesCm128HmacSha1_80, &[(1, &[7])]), START).unwrap();
    inbound.apply(&with_mki(Direction::Inbound, AesCm128HmacSha1_80, &[(1, &[8])]), START).unwrap();
    assert_eq!(unprotect(&mut inbound, PacketKind::Rtp, &send_rtp(&mut outbound, 1)), Err(Error::UnknownMki));
}

#[test]
fn peer_that_announces_an_mki_and_sends_none_is_recognised_and_the_reverse() {
    for (sent, announced) in [(&[][..], &[1, 2, 3][..]), (&[9], &[]), (&[0, 0, 0, 1], &[]), (&[5], &[0, 5])] {
        for suite in CryptoSuite::all() {
            let (mut outbound, mut inbound) = (no_sender(), no_receiver(SessionConfig::default()));
            outbound.apply(&with_mki(Direction::Outbound, suite, &[(1, sent)]), START).unwrap();
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
            PolicyKey { mki: (*mki).into(), ..PolicyKey::new(master_key) }
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

#[test]
fn packets_on_their_way_under_the_line_before_are_placed_by_it_alone() {
    for suite in CryptoSuite::all() {
        let (mut outbound, mut inbound) = (no_sender(), no_receiver(SessionConfig::default()));
        let apply = |outbound: &mut Outbound, inbound: &mut Inbound, keys| {
            outbound.apply(&with_mki(Direction::Outbound, suite, keys), START).unwrap();
            inbound.apply(&with_mki(Direction::Inbound, suite, keys), START).unwrap();
        };
        apply(&mut outbound, &mut inbound, &[(1, &[1])]);
        unprotect(&mut inbound, PacketKind::Rtp, &send_rtp(&mut outbound, 30_000)).unwrap();
        let on_its_way = send_rtp(&mut outbound, 30_001);
        apply(&mut outbound, &mut inbound, &[(2, &[2])]);
        // Under the next line another ROC begins meanwhile.
        for seq in [40_000, 60_000, 20_000] {
            unprotect(&mut inbound, PacketKind::Rtp, &send_rtp(&mut outbound, seq)).unwrap();
        }
        assert!(unprotect(&mut inbound, PacketKind::Rtp, &on_its_way).is_ok(), "{suite}");
    }
}
