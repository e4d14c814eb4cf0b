//! Rules of the outbound direction.

use super::*;

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
fn no_key_means_refused_not_clear() {
    let plain = rtp(SSRC, 1, b"secret");
    assert_eq!(protect(&mut no_sender(), PacketKind::Rtp, &plain), Err(Error::NoKey));
    let mut inbound = no_receiver(SessionConfig::default());
    assert_eq!(unprotect(&mut inbound, PacketKind::Rtp, &plain), Err(Error::NoKey));
}

#[test]
fn refused_packet_makes_no_stream() {
    let mut outbound = sender(AesCm128HmacSha1_80, 1);
    for ssrc in 0..2 * MAX_STREAMS as u32 {
        let refused = outbound.protect(PacketKind::Rtp, &rtp(ssrc, 1, b"payload"), &mut [0; 20]);
        assert_eq!(refused, Err(Error::BufferTooSmall));
        let refused = outbound.protect(PacketKind::Rtcp, &rtcp(ssrc, &[0; 20]), &mut [0; 20]);
        assert_eq!(refused, Err(Error::BufferTooSmall));
    }
    assert_eq!(outbound.streams().count(), 0);
    // One that has sent anything stays, whatever is refused then.
    protect(&mut outbound, PacketKind::Rtcp, &rtcp(1, &[0; 20])).unwrap();
    protect(&mut outbound, PacketKind::Rtp, &rtp(2, 1, b"payload")).unwrap();
    assert_eq!(protect(&mut outbound, PacketKind::Rtp, &rtp(2, 1, b"another")), Err(Error::IndexReused));
    assert_eq!(outbound.streams().count(), 2);
}

#[test]
fn specific_ssrc_has_its_own_key_and_an_unknown_one_uses_the_local_key() {
    let mut outbound = no_sender();
    for (ssrc, seed) in [(SsrcRule::Specific(1), 1), (SsrcRule::Any, 2)] {
        let master_key = master_key(AesCm128HmacSha1_80, seed);
        outbound.apply(&Policy::new(Direction::Outbound, ssrc, master_key), START).unwrap();
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
    outbound.apply(&Policy::new(Direction::Outbound, ssrc, master_key), START).unwrap();
    let other = rtp(SSRC, 1, b"another load");
    assert_eq!(protect(&mut outbound, PacketKind::Rtp, &other), Err(Error::IndexReused));
}
