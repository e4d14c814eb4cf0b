//! The PBX goes from one key of its own to the next when it is nearly used up, and brings two more when both are.

use crate::mki::{GCM, LONG, mki_of, only_line, reinvite, start};
use std::ops::RangeInclusive;
use std::time::{Duration, Instant};
use voxseal_rig::Result;
use voxseal_rig::caller::Caller;
use voxseal_rig::dialect::{CryptoLine, random_key};
use voxseal_rig::libsrtp::{Direction, Kind, Libsrtp, RigKey, RigSuite};
use voxseal_rig::media::Media;
use voxseal_rig::sdp::{Sdp, media_address};
use voxseal_rig::sniff::Sniffer;
use voxseal_rig::tone::heard_in_ulaw;
use voxseal_rig::wait::PATIENCE;

/// Packets that a key of the PBX may protect: 10 seconds of voice.
const LIFETIME: u64 = 512;
/// From half of that on (`soft_limit`) the next key is in use, or asked for: 5 seconds for the answer, on a busy machine, too.
const IN_TIME: RangeInclusive<usize> = 256..=512;

/// The PBX's keys, one libsrtp session for those of one line, and what they have opened.
struct Ears {
    suite: RigSuite,
    lines: Vec<(Vec<RigKey>, Libsrtp)>,
    mkis: Vec<u8>,
    reports: Vec<u8>,
    /// Reports that libsrtp refuses: their MKI, and why.
    refused: Vec<String>,
    sequences: Vec<u16>,
    audio: Vec<u8>,
}

impl Ears {
    fn new(suite: RigSuite) -> Ears {
        let (mkis, reports, refused, sequences, audio) = Default::default();
        Ears { suite, lines: Vec::new(), mkis, reports, refused, sequences, audio }
    }

    /// Takes the keys of a line of the PBX: two new ones with these MKIs.
    fn learn(&mut self, line: &CryptoLine, mkis: [u8; 2]) {
        let known = |key: &RigKey| {
            self.lines.iter().flat_map(|(keys, _)| keys).any(|old| old.key_salt == key.key_salt)
        };
        assert!(!line.keys.iter().any(known), "the PBX asks for new keys and brings an old one");
        assert_eq!(
            line.keys.iter().map(|key| key.mki.clone()).collect::<Vec<_>>(),
            mkis.map(|mki| vec![mki])
        );
        assert_ne!(line.keys[0].key_salt, line.keys[1].key_salt);
        let session = Libsrtp::with_keys(self.suite, &line.keys, Direction::Inbound, false).unwrap();
        self.lines.push((line.keys.clone(), session));
    }

    fn open(&mut self, kind: Kind, packet: &mut Vec<u8>) -> (u8, Result<()>) {
        let mki = mki_of(self.suite, packet);
        let known = |(keys, _): &&mut (Vec<RigKey>, Libsrtp)| keys.iter().any(|key| key.mki == [mki]);
        let (_, session) = self.lines.iter_mut().find(known).ok_or("an MKI that no line has").unwrap();
        (mki, session.unprotect(kind, packet))
    }

    /// Opens the next RTP packet, and a report if one is there; `false` when no packet came in time.
    fn listen(&mut self, media: &Media, at_most: Duration) -> bool {
        let Some(mut packet) = media.receive(at_most).unwrap() else { return false };
        let (mki, opened) = self.open(Kind::Rtp, &mut packet);
        opened.unwrap();
        self.mkis.push(mki);
        self.sequences.push(u16::from_be_bytes([packet[2], packet[3]]));
        self.audio.extend_from_slice(&packet[12..]);
        if let Some(mut report) = media.receive_rtcp(Duration::ZERO).unwrap() {
            let (mki, opened) = self.open(Kind::Rtcp, &mut report);
            self.reports.push(mki);
            self.refused.extend(opened.err().map(|error| format!("MKI {mki}: {error}")));
        }
        true
    }

    /// Opens all that has come, so that a busy machine does not fall behind the tone.
    fn catch_up(&mut self, media: &Media) {
        while self.listen(media, Duration::ZERO) {}
    }

    /// How many RTP packets the key with this MKI has protected.
    fn under(&self, mki: u8) -> usize {
        self.mkis.iter().filter(|one| **one == mki).count()
    }
}

/// The PBX plays its tone under two keys, then under two fresh ones of a re-INVITE.
fn pbx_rolls_over(name: &str, suite: &str) {
    let suite = RigSuite::named(suite).unwrap();
    let settings = "[general]\nmki_length = 1\nkeys = 2\nmki_in_answer = own\n";
    let pbx = start(name, &format!("{settings}lifetime = {LIFETIME}\nsoft_limit = 50%\n"));
    let sniffer = Sniffer::start(None, &[pbx.media_ports()]).unwrap();
    let (mut caller, mut media) = (Caller::connect(&pbx).unwrap(), Media::bind().unwrap());
    // The caller has one key and no MKI: each direction has its own.
    let ours = format!("1 {} inline:{}", suite.name, random_key(suite.key_salt_len).unwrap());
    let lines = [ours.as_bytes()];
    let mut sdp = Sdp::new(media.port, &lines);
    let (mut dialog, answer) = caller.ua.invite("tone", &sdp.write()).unwrap();
    let mut ears = Ears::new(suite);
    ears.learn(&only_line(&answer.body), [1, 2]);
    media.hear_only(media_address(&answer.body).unwrap());

    let (mut renewed_at, deadline) = (None, Instant::now() + 2 * PATIENCE);
    while ears.under(4) < 60 {
        assert!(Instant::now() < deadline, "{} packets", ears.mkis.len());
        assert!(ears.listen(&media, PATIENCE), "the tone stopped");
        ears.catch_up(&media);
        if let Some(invite) = reinvite(&mut caller) {
            assert_eq!(renewed_at, None, "a second re-INVITE");
            // What was sent before it.
            ears.catch_up(&media);
            renewed_at = Some(ears.under(2));
            let line = only_line(&invite.body);
            assert_eq!((line.tag, line.suite.as_str()), (1, suite.name));
            ears.learn(&line, [3, 4]);
            sdp.version += 1;
            caller.ua.accept_with(&invite, &sdp.write()).unwrap();
        }
    }

    assert!(ears.mkis.is_sorted(), "an earlier key was used again");
    let used = [1, 2, 3].map(|mki| ears.under(mki));
    assert!(used.iter().all(|packets| IN_TIME.contains(packets)), "{used:?} packets under the keys");
    // The first key went without a re-INVITE, the second one was nearly used up when it came.
    // The packet that made the PBX ask for new ones may have left after the question.
    assert!(renewed_at.is_some_and(|packets| IN_TIME.contains(&(packets + 1))), "{renewed_at:?}");
    let under_two = ears.reports.first() != ears.reports.last();
    assert!(ears.reports.is_sorted() && under_two, "reports under {:?}", ears.reports);
    let gaps = ears.sequences.windows(2).filter(|two| two[1].wrapping_sub(two[0]) != 1).count();
    assert_eq!(gaps, 0, "packets are missing");
    // Every half second for itself: in the first one the tone begins.
    for half_second in ears.audio.chunks_exact(4000).skip(1) {
        let tone = heard_in_ulaw(half_second, pbx.config().tone);
        assert!(tone.is_clear(), "{tone}");
    }
    let log = |text: &str| pbx.log().lines().filter(|line| line.contains(text)).count();
    pbx.wait_for_log("the next one is in use", PATIENCE).unwrap();
    assert_eq!(log("end of its lifetime, the next one is in use"), 2);
    assert_eq!(log("end of its lifetime, a re-INVITE offers a new one"), 1);
    let on_wire = sniffer.stop().unwrap().heard_on_the_wire(pbx.media_ports(), pbx.config().tone);
    assert!(on_wire.share < 0.2 && on_wire.seconds > 10.0, "on the wire: {on_wire}");
    caller.ua.bye(&mut dialog).unwrap();
    pbx.wait_until_idle().unwrap();
    // The SRTCP index goes on when the key changes (RFC 3711 §3.4).
    assert!(ears.refused.is_empty(), "reports that libsrtp refuses: {:?}", ears.refused);
    pbx.stop().unwrap();
}

#[test]
fn pbx_goes_to_its_second_key_by_itself_and_brings_two_more_when_both_are_nearly_used_up() {
    pbx_rolls_over("roll-cm", LONG);
}

#[test]
fn pbx_goes_to_its_second_key_by_itself_under_gcm_too() {
    pbx_rolls_over("roll-gcm", GCM);
}
