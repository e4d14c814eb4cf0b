//! Rekeying and lifetimes.

use super::*;

#[test]
fn same_key_again_keeps_the_roc() {
    let (mut outbound, mut inbound) = (sender(AesCm128HmacSha1_80, 1), receiver(AesCm128HmacSha1_80, 1));
    for seq in [65_534, 65_535, 0, 1] {
        let sealed = send_rtp(&mut outbound, seq);
        unprotect(&mut inbound, PacketKind::Rtp, &sealed).unwrap();
    }
    outbound.apply(&policy(Direction::Outbound, AesCm128HmacSha1_80, 1), START).unwrap();
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
    outbound.apply(&policy(Direction::Outbound, AesCm128HmacSha1_80, 2), START).unwrap();
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
    outbound.apply(&policy(Direction::Outbound, AeadAes128Gcm, 2), START).unwrap();
    outbound.apply(&policy(Direction::Outbound, AeadAes128Gcm, 1), START).unwrap();
    let other = rtp(SSRC, 1, b"another load");
    assert_eq!(protect(&mut outbound, PacketKind::Rtp, &other), Err(Error::IndexReused));
    assert_eq!(send_rtp(&mut outbound, 1), first);
}

#[test]
fn a_local_key_whose_indexes_are_forgotten_never_returns() {
    let mut outbound = sender(AeadAes128Gcm, 1);
    for seed in 2..8 {
        outbound.apply(&policy(Direction::Outbound, AeadAes128Gcm, seed), START).unwrap();
    }
    let back = policy(Direction::Outbound, AeadAes128Gcm, 1);
    assert_eq!(outbound.apply(&back, START), Err(Error::KeyReused));
    assert_eq!(send_rtp(&mut outbound, 2), send_rtp(&mut sender(AeadAes128Gcm, 7), 2), "nothing changed");
}

#[test]
fn every_receive_key_that_is_kept_is_in_use_again_when_it_returns() {
    // Six keys are kept: the one in use, the one before it in its overlap, and four without a rule.
    for returning in 1..=6 {
        let mut inbound = receiver(AesCm128HmacSha1_80, 1);
        for seed in 2..=6 {
            inbound.apply(&policy(Direction::Inbound, AesCm128HmacSha1_80, seed), START).unwrap();
        }
        inbound.apply(&policy(Direction::Inbound, AesCm128HmacSha1_80, returning), START).unwrap();
        let sealed = send_rtp(&mut sender(AesCm128HmacSha1_80, returning), 1);
        assert!(unprotect(&mut inbound, PacketKind::Rtp, &sealed).is_ok(), "key {returning} of six");
    }
    let mut inbound = receiver(AesCm128HmacSha1_80, 1);
    for seed in 2..=7 {
        inbound.apply(&policy(Direction::Inbound, AesCm128HmacSha1_80, seed), START).unwrap();
    }
    let forgotten = policy(Direction::Inbound, AesCm128HmacSha1_80, 1);
    assert_eq!(inbound.apply(&forgotten, START), Err(Error::KeyReused));
}

#[test]
fn same_key_with_another_tag_length_takes_effect_and_keeps_the_indexes() {
    let (mut outbound, mut inbound) = (sender(AesCm128HmacSha1_80, 1), receiver(AesCm128HmacSha1_80, 1));
    let before = send_rtp(&mut outbound, 7);
    unprotect(&mut inbound, PacketKind::Rtp, &before).unwrap();
    outbound.apply(&policy(Direction::Outbound, AesCm128HmacSha1_32, 1), START).unwrap();
    inbound.apply(&policy(Direction::Inbound, AesCm128HmacSha1_32, 1), START).unwrap();
    let after = send_rtp(&mut outbound, 8);
    assert_eq!(after.len() + 6, before.len());
    unprotect(&mut inbound, PacketKind::Rtp, &after).unwrap();
    let shortened = &before[..before.len() - 6];
    assert_eq!(unprotect(&mut inbound, PacketKind::Rtp, shortened), Err(Error::Replayed));
    let other = rtp(SSRC, 7, b"another load");
    assert_eq!(protect(&mut outbound, PacketKind::Rtp, &other), Err(Error::IndexReused));
}

fn with_lifetime(direction: Direction, seed: u8, srtp: u64, srtcp: u64) -> Policy {
    let master_key = master_key(AesCm128HmacSha1_80, seed);
    let key = PolicyKey { lifetime: Lifetime { srtp, srtcp }, ..PolicyKey::new(master_key) };
    Policy::with_keys(direction, SsrcRule::Any, vec![key]).unwrap()
}

#[test]
fn lifetime_reports_at_the_soft_limit_and_refuses_at_the_hard_one() {
    let mut outbound = no_sender();
    outbound.apply(&with_lifetime(Direction::Outbound, 1, 16, 2), START).unwrap();
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
    outbound.apply(&with_lifetime(Direction::Outbound, 2, 16, 2), START).unwrap();
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

/// A provider may fail at any call. What cannot be known again is not forgotten.
#[cfg(feature = "openssl")]
mod with_a_provider_that_fails {
    use super::*;
    use crate::srtp::key::Key;

    #[test]
    fn nobody_says_whether_a_key_was_used_before() {
        let mut key = Key::new(&PolicyKey::new(master_key(AeadAes128Gcm, 1)), START);
        assert_eq!(key.is_among(&[[0; 8]]), Ok(false));
        key.transform = Transform::failed(AeadAes128Gcm);
        assert_eq!(key.is_among(&[[0; 8]]), Err(Error::ProviderFailed));
        assert_eq!(key.is_among(&[]), Ok(false));
    }

    #[test]
    fn a_local_key_is_kept_until_it_has_a_fingerprint() {
        let mut outbound = sender(AeadAes128Gcm, 1);
        let first = send_rtp(&mut outbound, 1);
        let working =
            core::mem::replace(&mut outbound.keys[0].key.transform, Transform::failed(AeadAes128Gcm));
        for seed in 2..8 {
            outbound.apply(&policy(Direction::Outbound, AeadAes128Gcm, seed), START).unwrap();
        }
        let kept = outbound.keys.iter_mut().find(|entry| entry.key.fingerprint().is_err()).unwrap();
        kept.key.transform = working;
        outbound.apply(&policy(Direction::Outbound, AeadAes128Gcm, 1), START).unwrap();
        let other = rtp(SSRC, 1, b"another load");
        assert_eq!(protect(&mut outbound, PacketKind::Rtp, &other), Err(Error::IndexReused));
        assert_eq!(send_rtp(&mut outbound, 1), first);
        for seed in 8..13 {
            outbound.apply(&policy(Direction::Outbound, AeadAes128Gcm, seed), START).unwrap();
        }
        let back = policy(Direction::Outbound, AeadAes128Gcm, 1);
        assert_eq!(outbound.apply(&back, START), Err(Error::KeyReused));
    }

    #[test]
    fn a_remote_key_is_kept_until_it_has_a_fingerprint() {
        let mut inbound = receiver(AeadAes128Gcm, 1);
        let sealed = send_rtp(&mut sender(AeadAes128Gcm, 1), 1);
        unprotect(&mut inbound, PacketKind::Rtp, &sealed).unwrap();
        let working =
            core::mem::replace(&mut inbound.keys[0].key.transform, Transform::failed(AeadAes128Gcm));
        for seed in 2..9 {
            inbound.apply(&policy(Direction::Inbound, AeadAes128Gcm, seed), START).unwrap();
        }
        let kept = inbound.keys.iter_mut().find(|entry| entry.key.fingerprint().is_err()).unwrap();
        kept.key.transform = working;
        inbound.apply(&policy(Direction::Inbound, AeadAes128Gcm, 1), START).unwrap();
        assert_eq!(unprotect(&mut inbound, PacketKind::Rtp, &sealed), Err(Error::Replayed));
    }
}
