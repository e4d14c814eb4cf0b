//! Audio and video over one socket with one pair of keys (BUNDLE, RFC 9143), RTP and RTCP on one port (RFC 5761).

use crate::Result;
use crate::libsrtp::RigSuite;
use crate::media::{SecureMedia, random_payload};
use crate::sdp::{Stream, write_streams};
use crate::wait::{PATIENCE, between_packets, wait_for};
use std::time::{Duration, Instant};

/// What an RTP packet of the PBX said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heard {
    /// 0 for audio, 1 for video, by its payload type.
    pub track: usize,
    /// Its SSRC.
    pub ssrc: u32,
    /// Its payload.
    pub payload: Vec<u8>,
}

/// Two tracks, 0 is audio and 1 is video.
pub struct Bundle {
    media: SecureMedia,
    tracks: Tracks,
    sequences: [u16; 2],
    /// RTCP packets of the PBX so far.
    pub reports: u32,
}

/// What a description says of the tracks.
#[derive(Debug, Clone)]
pub struct Tracks {
    /// Their SSRCs.
    pub ssrcs: [u32; 2],
    /// Their payload types.
    pub payload_types: [u8; 2],
    /// Names of the sections.
    pub mids: [String; 2],
}

impl Tracks {
    /// For an offer: SSRCs that no other call has.
    pub fn new() -> Result<Tracks> {
        let mut bytes = [0; 4];
        openssl::rand::rand_bytes(&mut bytes)?;
        let ssrc = u32::from_be_bytes(bytes);
        let mids = ["a", "v"].map(str::to_owned);
        Ok(Tracks { ssrcs: [ssrc, ssrc.wrapping_add(1)], payload_types: [0, 100], mids })
    }

    /// For the answer to the sections of an offer: its names and its first payload types.
    pub fn answering(sections: &[&str]) -> Result<Tracks> {
        let mut tracks = Tracks::new()?;
        for (nth, section) in sections.iter().take(2).enumerate() {
            let mid = section.lines().find_map(|line| line.strip_prefix("a=mid:"));
            tracks.mids[nth] = mid.ok_or("a section without a name")?.into();
            let payload_type = section.lines().next().and_then(|line| line.split(' ').nth(3));
            tracks.payload_types[nth] = payload_type.ok_or("a section without a payload type")?.parse()?;
        }
        Ok(tracks)
    }

    /// A description of both at one port. The lines are the values of the crypto attributes of each.
    pub fn describe(&self, version: u32, port: u16, lines: [&str; 2]) -> Vec<u8> {
        let Tracks { ssrcs, payload_types, mids } = self;
        let [audio, video] = [[lines[0].as_bytes()], [lines[1].as_bytes()]];
        let more = [0, 1]
            .map(|nth| format!("a=mid:{}\r\na=rtcp-mux\r\na=ssrc:{} cname:rig\r\n", mids[nth], ssrcs[nth]));
        let streams = [
            Stream { more: &more[0], payload_type: payload_types[0], ..Stream::audio(port, &audio) },
            Stream { more: &more[1], payload_type: payload_types[1], ..Stream::video(port, &video) },
        ];
        write_streams(version, &format!("a=group:BUNDLE {} {}\r\n", mids[0], mids[1]), &streams)
    }
}

/// The SSRC that a section of a description says its packets have.
pub fn announced_ssrc(section: &str) -> Result<u32> {
    let value = section.lines().find_map(|line| line.strip_prefix("a=ssrc:"));
    let number = value.and_then(|value| value.split(' ').next()).ok_or("a section without an SSRC")?;
    Ok(number.parse()?)
}

impl Bundle {
    /// Tracks that go this way.
    pub fn new(media: SecureMedia, tracks: Tracks) -> Bundle {
        Bundle { media, tracks, sequences: [1000, 30_000], reports: 0 }
    }

    /// What a description says of them.
    pub fn tracks(&self) -> &Tracks {
        &self.tracks
    }

    /// The port to name in SDP.
    pub fn port(&self) -> u16 {
        self.media.port()
    }

    /// Sends one RTP packet of a track, and gives the bytes that went out.
    pub fn send(&mut self, track: usize, payload: &[u8]) -> Result<Vec<u8>> {
        self.media.ssrc = self.tracks.ssrcs[track];
        self.media.payload_type = self.tracks.payload_types[track];
        self.media.sequence = self.sequences[track];
        let packet = self.media.send(payload)?;
        self.sequences[track] = self.media.sequence;
        Ok(packet)
    }

    /// Sends bytes to the PBX as they are.
    pub fn send_raw(&self, packet: &[u8]) -> Result<()> {
        self.media.send_raw(packet)
    }

    /// Protects with another key from now on, at ROC 0.
    pub fn use_local_key(&mut self, suite: RigSuite, key: &[u8]) -> Result<()> {
        self.media.use_local_key(suite, key)
    }

    /// The next RTP packet of the PBX; `None` when none came in time. RTCP is opened and counted. A packet that
    /// libsrtp refuses under the PBX's one key is an error.
    pub fn receive(&mut self, at_most: Duration) -> Result<Option<Heard>> {
        let deadline = Instant::now() + at_most;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let Some(mut packet) = self.media.receive_protected(left)? else { return Ok(None) };
            if matches!(packet.get(1), Some(192..=223)) {
                self.media.unprotect_rtcp(&mut packet)?;
                self.reports += 1;
                continue;
            }
            self.media.unprotect(&mut packet)?;
            let payload_type = packet[1] & 0x7f;
            let track = self.tracks.payload_types.iter().position(|known| *known == payload_type);
            let track = track.ok_or_else(|| format!("a packet with payload type {payload_type}"))?;
            let ssrc = u32::from_be_bytes([packet[8], packet[9], packet[10], packet[11]]);
            return Ok(Some(Heard { track, ssrc, payload: packet.split_off(12) }));
        }
    }

    /// Sends on a track until the first echo comes back on it, and gives the payloads sent.
    pub fn wait_for_first_echo(&mut self, track: usize) -> Result<Vec<Vec<u8>>> {
        let mut sent = Vec::new();
        wait_for("the first echo of a track", PATIENCE, || {
            let payload = random_payload()?;
            sent.push(payload.clone());
            self.send(track, &payload)?;
            while let Some(heard) = self.receive(between_packets(sent.len()))? {
                if heard.payload == payload && heard.track == track {
                    return Ok(Some(()));
                }
            }
            Ok(None)
        })?;
        Ok(sent)
    }

    /// Sends a payload on a track and waits until the very same bytes come back on it; what comes back of earlier
    /// packets is passed over.
    pub fn echoed(&mut self, track: usize, payload: &[u8]) -> Result<Option<Heard>> {
        self.send(track, payload)?;
        let deadline = Instant::now() + PATIENCE;
        loop {
            match self.receive(deadline.saturating_duration_since(Instant::now()))? {
                Some(heard) if heard.payload == payload && heard.track == track => return Ok(Some(heard)),
                Some(_) => {}
                None => return Ok(None),
            }
        }
    }
}
