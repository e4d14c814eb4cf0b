//! Packets that are authenticated and not encrypted (RFC 4568 §6.3.2).

use super::renewal::Peer;
use super::*;

const CLEAR: Encryption = Encryption { srtp: false, srtcp: false };

fn unencrypted(direction: Direction, suite: CryptoSuite, encryption: Encryption) -> Policy {
    let key = PolicyKey { encryption, ..PolicyKey::new(master_key(suite, 1)) };
    Policy::with_keys(direction, SsrcRule::Any, vec![key]).unwrap()
}

fn pair(suite: CryptoSuite, encryption: Encryption) -> (Outbound, Inbound) {
    let (mut outbound, mut inbound) = (no_sender(), no_receiver(SessionConfig::default()));
    outbound.apply(&unencrypted(Direction::Outbound, suite, encryption), START).unwrap();
    inbound.apply(&unencrypted(Direction::Inbound, suite, encryption), START).unwrap();
    (outbound, inbound)
}

#[test]
fn each_kind_is_readable_only_where_the_policy_says_so() {
    for suite in CryptoSuite::all() {
        for encryption in [CLEAR, Encryption { srtp: true, ..CLEAR }, Encryption { srtcp: true, ..CLEAR }] {
            let (mut outbound, mut inbound) = pair(suite, encryption);
            for seq in 65_530..65_540_u32 {
                let plain = rtp(SSRC, seq as u16, b"some payload");
                let sealed = protect(&mut outbound, PacketKind::Rtp, &plain).unwrap();
                assert_eq!(sealed.starts_with(&plain), !encryption.srtp, "{suite}");
                assert_eq!(unprotect(&mut inbound, PacketKind::Rtp, &sealed).unwrap(), plain);
                assert_eq!(unprotect(&mut inbound, PacketKind::Rtp, &sealed), Err(Error::Replayed));
                let plain = rtcp(SSRC, b"report of 20 bytes..");
                let sealed = protect(&mut outbound, PacketKind::Rtcp, &plain).unwrap();
                assert_eq!(sealed.starts_with(&plain), !encryption.srtcp, "{suite}");
                assert_eq!(unprotect(&mut inbound, PacketKind::Rtcp, &sealed).unwrap(), plain);
            }
        }
    }
}

#[test]
fn both_kinds_are_what_a_peer_with_other_ciphers_makes() {
    for suite in CryptoSuite::all() {
        let ((mut outbound, _), peer) = (pair(suite, CLEAR), Peer::new(suite, 24));
        for index in 0..20_u16 {
            let plain = rtp(SSRC, index, &[index as u8; 33]);
            let expected = peer.rtp(index.into(), &plain, plain.len());
            assert_eq!(protect(&mut outbound, PacketKind::Rtp, &plain).unwrap(), expected, "{suite}");
            let plain = rtcp(SSRC, &[index as u8; 20]);
            let expected = peer.rtcp(index.into(), &plain, plain.len());
            assert_eq!(protect(&mut outbound, PacketKind::Rtcp, &plain).unwrap(), expected, "{suite}");
        }
    }
}

#[test]
fn e_flag_is_clear_and_every_byte_authenticated() {
    for suite in CryptoSuite::all() {
        let (mut outbound, mut inbound) = pair(suite, CLEAR);
        for kind in [PacketKind::Rtp, PacketKind::Rtcp] {
            let plain = if kind == PacketKind::Rtp { rtp(SSRC, 1, &[5; 20]) } else { rtcp(SSRC, &[5; 20]) };
            let sealed = protect(&mut outbound, kind, &plain).unwrap();
            for position in 0..sealed.len() {
                let mut forged = sealed.clone();
                forged[position] ^= 1;
                assert!(unprotect(&mut inbound, kind, &forged).is_err(), "{suite} {kind:?} byte {position}");
            }
            unprotect(&mut inbound, kind, &sealed).unwrap();
            if kind == PacketKind::Rtcp {
                let params = suite.params();
                let behind = if params.srtcp_tag_len == 16 { 4 } else { 4 + params.srtcp_tag_len };
                assert_eq!(sealed[sealed.len() - behind], 0, "E flag and index 0");
            }
        }
    }
}

#[test]
fn without_the_policy_unencrypted_packets_are_refused() {
    for suite in CryptoSuite::all() {
        let (mut outbound, _) = pair(suite, CLEAR);
        let mut inbound = receiver(suite, 1);
        let sealed = protect(&mut outbound, PacketKind::Rtcp, &rtcp(SSRC, &[0; 20])).unwrap();
        assert_eq!(unprotect(&mut inbound, PacketKind::Rtcp, &sealed), Err(Error::NotEncrypted));
    }
}

#[test]
fn encrypted_rtcp_is_taken_all_the_same() {
    for suite in CryptoSuite::all() {
        let (mut outbound, (_, mut inbound)) = (sender(suite, 1), pair(suite, CLEAR));
        let plain = rtcp(SSRC, &[0; 20]);
        let sealed = protect(&mut outbound, PacketKind::Rtcp, &plain).unwrap();
        assert_eq!(unprotect(&mut inbound, PacketKind::Rtcp, &sealed).unwrap(), plain);
    }
}

#[test]
fn index_used_for_an_encrypted_packet_is_not_used_for_a_readable_one() {
    for suite in CryptoSuite::all() {
        let mut outbound = sender(suite, 1);
        send_rtp(&mut outbound, 1);
        outbound.apply(&unencrypted(Direction::Outbound, suite, CLEAR), START).unwrap();
        let again = protect(&mut outbound, PacketKind::Rtp, &rtp(SSRC, 1, b"some payload"));
        assert_eq!(again, Err(Error::IndexReused));
        assert!(send_rtp(&mut outbound, 2).windows(12).any(|bytes| bytes == b"some payload"));
    }
}
