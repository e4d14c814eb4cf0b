//! Handles, and what the directions share.

use super::*;

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
