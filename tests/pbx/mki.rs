//! Several keys on one line, told apart by MKI (RFC 4568 §6.1, RFC 3711 §3.1): the peer goes from one to the other and
//! back, and so does the PBX when a key of its own is nearly used up. No re-INVITE is needed for it.

use std::ops::RangeInclusive;
use std::time::{Duration, Instant};
use voxseal_rig::Result;
use voxseal_rig::caller::Caller;
use voxseal_rig::dialect::{Agreed, CryptoLine, Habits, Voice, audio, random_key};
use voxseal_rig::libsrtp::{Direction, Kind, Libsrtp, RigKey, RigSuite};
use voxseal_rig::media::{Media, random_payload};
use voxseal_rig::pbx::{Module, Pbx, PbxConfig};
use voxseal_rig::report::wait_for_session_end;
use voxseal_rig::scenarios::suite_to_echo;
use voxseal_rig::sdp::{Sdp, media_address};
use voxseal_rig::sip::{Dialog, Message};
use voxseal_rig::sniff::Sniffer;
use voxseal_rig::tone::heard_in_ulaw;
use voxseal_rig::wait::{PATIENCE, between_packets};

const LONG: &str = "AES_CM_128_HMAC_SHA1_80";
const GCM: &str = "AEAD_AES_256_GCM";

fn start(name: &str, settings: &str) -> Pbx {
    let config = PbxConfig::new(name, Module::Ours).unwrap().with_companion();
    Pbx::start(config.with("voxseal.conf", settings)).unwrap()
}

/// A line with two keys, whose MKIs are 1 and 2 in one byte.
fn two_keys(tag: u32, suite: RigSuite) -> String {
    let [first, second] = [(); 2].map(|()| random_key(suite.key_salt_len).unwrap());
    format!("{tag} {} inline:{first}|2^31|1:1;inline:{second}|2^31|2:1", suite.name)
}

/// The one crypto line of an SDP of the PBX.
fn only_line(sdp: &str) -> CryptoLine {
    let mut lines = audio(sdp).unwrap().crypto;
    assert_eq!(lines.len(), 1, "{} crypto lines", lines.len());
    lines.remove(0)
}

/// The MKI of one byte in a packet: before the tag of 80 bits, or at the end under GCM, whose tag is of the ciphertext.
fn mki_of(suite: RigSuite, packet: &[u8]) -> u8 {
    packet[packet.len() - 1 - if suite.name.contains("GCM") { 0 } else { 10 }]
}

/// A request of the PBX to change the call, if one is there; other messages are passed over.
fn reinvite(caller: &mut Caller) -> Option<Message> {
    let message = caller.ua.receive(Duration::from_millis(1)).unwrap()?;
    message.head.starts_with("INVITE ").then_some(message)
}

/// A call to an echo in which the caller has two keys.
struct Talk {
    caller: Caller,
    dialog: Dialog,
    media: Media,
    voice: Voice,
    agreed: Agreed,
    to: std::net::SocketAddr,
    /// Payloads of all RTP packets.
    sent: Vec<Vec<u8>>,
    reports: u32,
}

impl Talk {
    fn begin(pbx: &Pbx, suite: RigSuite) -> Talk {
        let mut caller = Caller::connect(pbx).unwrap();
        let (media, line) = (Media::bind().unwrap(), two_keys(1, suite));
        let offer = Sdp::new(media.port, &[line.as_bytes()]).write();
        let (dialog, answer) = caller.ua.invite("echo", &offer).unwrap();
        assert_eq!(answer.status(), Some(200));
        let ours = only_line(&answer.body);
        assert_eq!((ours.tag, ours.suite.as_str()), (1, suite.name));
        assert_eq!((ours.keys.len(), ours.mki.as_deref(), ours.lifetime), (1, Some("1:1"), None));
        let local = CryptoLine::read(&line).unwrap().keys;
        let agreed = Agreed { tag: 1, suite, local, remote: ours.keys };
        let voice = Voice::new(&agreed, Habits::default(), 0x0b00_0001, 64_000).unwrap();
        let to = media_address(&answer.body).unwrap();
        Talk { caller, dialog, media, voice, agreed, to, sent: Vec::new(), reports: 0 }
    }

    /// Protects a payload with the key in use, whose MKI the packet has to carry.
    fn protect(&mut self, mki: u8) -> Vec<u8> {
        let payload = random_payload().unwrap();
        let packet = self.voice.speak(&payload).unwrap().1;
        assert_eq!(mki_of(self.agreed.suite, &packet), mki);
        self.sent.push(payload);
        packet
    }

    /// Sends a packet and waits until what it says comes back; echoes of earlier packets may come before it.
    fn is_echoed(&mut self, packet: &[u8], payload: &[u8], at_most: Duration) -> bool {
        self.media.send_raw(packet, self.to).unwrap();
        let deadline = Instant::now() + at_most;
        while let Some(mut echo) =
            self.media.receive(deadline.saturating_duration_since(Instant::now())).unwrap()
        {
            assert_eq!(mki_of(self.agreed.suite, &echo), 1, "the PBX has one key");
            self.voice.hear(Kind::Rtp, &mut echo).unwrap();
            assert!(self.sent.iter().any(|one| *one == echo[12..]), "an echo of nothing");
            if echo[12..] == *payload {
                return true;
            }
        }
        false
    }

    fn echo(&mut self, mki: u8, at_most: Duration) -> bool {
        let packet = self.protect(mki);
        let payload = self.sent[self.sent.len() - 1].clone();
        self.is_echoed(&packet, &payload, at_most)
    }

    /// What comes before the echo is ready is lost.
    fn wait_for_first_echo(&mut self) {
        let deadline = Instant::now() + PATIENCE;
        while !self.echo(1, between_packets(self.sent.len() + 1)) {
            assert!(Instant::now() < deadline, "no echo");
        }
    }

    fn echoes(&mut self, mki: u8, packets: usize) {
        for nth in 0..packets {
            assert!(self.echo(mki, PATIENCE), "packet {nth} under key {mki} did not come back");
        }
    }

    /// Goes on under the key with this MKI.
    fn go_on_with(&mut self, mki: u8) {
        self.voice.select(usize::from(mki) - 1);
    }

    /// A report to the PBX under the key in use, and the next one of the PBX after it.
    fn report(&mut self, mki: u8) {
        while self.hear_report(Duration::from_millis(1)) {}
        self.reports += 1;
        let packet = self.voice.report(self.reports).unwrap().1;
        assert_eq!(mki_of(self.agreed.suite, &packet), mki);
        self.media.send_raw_rtcp(&packet, self.to).unwrap();
        assert!(self.hear_report(PATIENCE), "the PBX sends no SRTCP");
    }

    fn hear_report(&mut self, at_most: Duration) -> bool {
        let Some(mut report) = self.media.receive_rtcp(at_most).unwrap() else { return false };
        assert_eq!(mki_of(self.agreed.suite, &report), 1);
        self.voice.hear(Kind::Rtcp, &mut report).unwrap();
        true
    }
}

#[test]
fn a_peer_goes_to_its_other_key_and_back_in_mid_call_by_mki_alone() {
    let pbx = start("mki", "");
    for (nth, suite) in [LONG, GCM].map(|name| RigSuite::named(name).unwrap()).into_iter().enumerate() {
        let sniffer = Sniffer::start(None, &[pbx.media_ports()]).unwrap();
        let mut talk = Talk::begin(&pbx, suite);
        talk.wait_for_first_echo();
        // The key changes together with the ROC, which belongs to the stream and not to a key.
        talk.voice.sequence = 65_526;
        talk.echoes(1, 9);
        let late = talk.protect(1);
        let late_payload = talk.sent[talk.sent.len() - 1].clone();
        assert_eq!(talk.voice.sequence, 0);
        talk.go_on_with(2);
        talk.echoes(2, 30);
        assert!(talk.is_echoed(&late, &late_payload, PATIENCE), "a late packet under key 1 is lost");
        talk.report(2);
        talk.go_on_with(1);
        talk.report(1);
        talk.echoes(1, 30);
        // One packet and the next.
        for mki in [2, 1].into_iter().cycle().take(20) {
            talk.go_on_with(mki);
            talk.echoes(mki, 1);
        }
        talk.go_on_with(2);
        talk.report(2);
        // The call ends between two reports, see `wait_for_session_end`.
        pbx.cli("core show uptime").unwrap();
        talk.echoes(2, 5);
        assert!(reinvite(&mut talk.caller).is_none(), "the PBX wants to change something");
        talk.caller.ua.bye(&mut talk.dialog).unwrap();
        let ended = wait_for_session_end(&pbx, nth + 1).unwrap().unwrap();
        assert_eq!(ended.refused, 0, "{ended:?}");
        assert_eq!(ended.unprotected, talk.sent.len() as u64 + u64::from(talk.reports), "{ended:?}");
        sniffer.stop().unwrap().assert_never_clear(&talk.sent, 190).unwrap();
    }
    pbx.stop().unwrap();
}

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
    let (mut caller, media) = (Caller::connect(&pbx).unwrap(), Media::bind().unwrap());
    // The caller has one key and no MKI: each direction has its own.
    let ours = format!("1 {} inline:{}", suite.name, random_key(suite.key_salt_len).unwrap());
    let lines = [ours.as_bytes()];
    let mut sdp = Sdp::new(media.port, &lines);
    let (mut dialog, answer) = caller.ua.invite("tone", &sdp.write()).unwrap();
    let mut ears = Ears::new(suite);
    ears.learn(&only_line(&answer.body), [1, 2]);

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

#[test]
fn where_mki_is_refused_a_line_with_one_gets_488_and_a_line_without_is_taken() {
    let pbx = start("no-mki", "[general]\nmki = refuse\n");
    let suite = RigSuite::named(LONG).unwrap();
    let mut caller = Caller::connect(&pbx).unwrap();
    let with_mki = two_keys(1, suite);
    let (_, answer) = caller.offer("echo", &[with_mki.as_bytes()]).unwrap();
    assert_eq!(answer.status(), Some(488));
    let refusal = pbx.wait_for_log("crypto line 1 refused: ", PATIENCE).unwrap();
    assert!(refusal.contains("its key has an MKI, which is not allowed here"), "{refusal}");
    for key in CryptoLine::read(&with_mki).unwrap().keys {
        assert!(!pbx.log().contains(&openssl::base64::encode_block(&key.key_salt)), "the log shows a key");
    }
    // The next line of the same offer is as good as any.
    let without = format!("2 {} inline:{}", suite.name, random_key(suite.key_salt_len).unwrap());
    let (mut dialog, answer) = caller.offer("echo", &[with_mki.as_bytes(), without.as_bytes()]).unwrap();
    assert_eq!(answer.status(), Some(200));
    let ours = only_line(&answer.body);
    assert_eq!((ours.tag, ours.mki), (2, None));
    caller.ua.bye(&mut dialog).unwrap();
    wait_for_session_end(&pbx, 1).unwrap();
    suite_to_echo(&pbx, suite, 20).unwrap();
    pbx.stop().unwrap();
}
