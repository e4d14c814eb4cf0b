//! Several keys on one line, told apart by MKI (RFC 4568 §6.1, RFC 3711 §3.1): the peer goes from one to the other and
//! back. No re-INVITE is needed for it.

use std::time::{Duration, Instant};
use voxseal_rig::caller::Caller;
use voxseal_rig::dialect::{Agreed, CryptoLine, Habits, Voice, audio, random_key};
use voxseal_rig::libsrtp::{Kind, RigSuite};
use voxseal_rig::media::{Media, random_payload};
use voxseal_rig::pbx::{Module, Pbx, PbxConfig};
use voxseal_rig::report::wait_for_session_end;
use voxseal_rig::scenarios::suite_to_echo;
use voxseal_rig::sdp::{Sdp, media_address};
use voxseal_rig::sip::{Dialog, Message};
use voxseal_rig::sniff::Sniffer;
use voxseal_rig::wait::{PATIENCE, between_packets};

pub const LONG: &str = "AES_CM_128_HMAC_SHA1_80";
pub const GCM: &str = "AEAD_AES_256_GCM";

pub fn start(name: &str, settings: &str) -> Pbx {
    let config = PbxConfig::new(name, Module::Ours).unwrap().with_companion();
    Pbx::start(config.with("voxseal.conf", settings)).unwrap()
}

/// A line with two keys, whose MKIs are 1 and 2 in one byte.
fn two_keys(tag: u32, suite: RigSuite) -> String {
    let [first, second] = [(); 2].map(|()| random_key(suite.key_salt_len).unwrap());
    format!("{tag} {} inline:{first}|2^31|1:1;inline:{second}|2^31|2:1", suite.name)
}

/// The one crypto line of an SDP of the PBX.
pub fn only_line(sdp: &str) -> CryptoLine {
    let mut lines = audio(sdp).unwrap().crypto;
    assert_eq!(lines.len(), 1, "{} crypto lines", lines.len());
    lines.remove(0)
}

/// The MKI of one byte in a packet: before the tag of 80 bits, or at the end under GCM, whose tag is of the ciphertext.
pub fn mki_of(suite: RigSuite, packet: &[u8]) -> u8 {
    packet[packet.len() - 1 - if suite.name.contains("GCM") { 0 } else { 10 }]
}

/// A request of the PBX to change the call, if one is there; other messages are passed over.
pub fn reinvite(caller: &mut Caller) -> Option<Message> {
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
        let (mut media, line) = (Media::bind().unwrap(), two_keys(1, suite));
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
        media.hear_only(to);
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
