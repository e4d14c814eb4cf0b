//! One remote key: reads packets under it, one stream per SSRC.

use super::counts::{Mishaps, Traffic};
use super::header::{Header, RTCP_HEADER_LEN, RtpHeader};
use super::key::Key;
use super::overlap::{Former, OverlapLeft};
use super::policy::{PolicyKey, SessionConfig, SsrcRule};
use super::reading::{Reading, may_be_misread};
use super::streams::Streams;
use super::trailer::Lengths;
use super::window::Window;
use super::{Millis, index, trailer};
use crate::crypto::{Authenticated, Transform};
use crate::error::Error;
use crate::suite::CryptoSuite;
use smallvec::SmallVec;

/// A remote key with the SSRCs it is for and the streams it opened.
pub(super) struct InboundKey {
    pub rules: SmallVec<[SsrcRule; 1]>,
    pub key: Key,
    pub streams: Streams<Stream>,
    /// Set once another key has taken this one's place.
    pub overlap: Option<OverlapLeft>,
    /// Set while packets may be on their way as it was before. Boxed: few keys ever
    /// have one.
    pub former: Option<Box<Former>>,
    /// Length of the MKI field that the peer really sends.
    wire_mki_len: usize,
}

pub(super) struct Stream {
    pub rtp: Window<16>,
    rtcp: Window<2>,
    /// The peer puts 32-bit tags on SRTCP, as some do with the `_32` suites.
    pub short_srtcp_tag: bool,
    pub traffic: Traffic,
    pub mishaps: Mishaps,
}

impl Stream {
    fn new(config: SessionConfig) -> Stream {
        let (rtp, rtcp) = (Window::new(config.rtp_window()), Window::new(config.rtcp_window()));
        let (traffic, mishaps) = (Traffic::default(), Mishaps::default());
        Stream { rtp, rtcp, short_srtcp_tag: false, traffic, mishaps }
    }
}

/// MKI lengths that are tried beside the announced one.
const USUAL_MKI_LENS: [usize; 4] = [0, 1, 4, 2];

impl InboundKey {
    pub(super) fn new(policy: &PolicyKey, now: Millis) -> InboundKey {
        InboundKey {
            rules: SmallVec::new(),
            key: Key::new(policy, now),
            streams: Streams::new(),
            overlap: None,
            former: None,
            wire_mki_len: policy.mki.len(),
        }
    }

    /// Takes over all that the policy says; streams and what was learned stay. A
    /// key in use is read for the overlap with its suite and derivation rate from
    /// before, too, unless what is encrypted changes with them.
    pub(super) fn update(&mut self, policy: &PolicyKey, config: SessionConfig, now: Millis) {
        if self.key.mki != policy.mki {
            self.wire_mki_len = policy.mki.len();
        }
        let in_use = !self.rules.is_empty() && self.overlap.as_ref().is_none_or(|left| !left.is_over(now));
        let read_alike = in_use && self.key.encryption == policy.encryption;
        let former = self.key.update(policy, config.soft_limit());
        if let Some((suite, transform)) = former.filter(|_| read_alike) {
            let left = OverlapLeft::begin(config.overlap(), now);
            self.former = Some(Box::new(Former { suite, transform, left }));
        }
    }

    /// Whether the peer puts 32-bit tags on the SRTCP of `ssrc`.
    pub(super) fn sends_short_srtcp_tags(&self, ssrc: u32) -> bool {
        self.streams.get(ssrc).is_some_and(|stream| stream.short_srtcp_tag)
    }

    /// Whether this key is for `ssrc`.
    pub(super) fn fits(&self, ssrc: u32) -> bool {
        self.rules.iter().any(|rule| *rule == SsrcRule::Any || *rule == SsrcRule::Specific(ssrc))
    }

    /// The highest index of a stream, for the other keys that are told apart by
    /// MKI: a change of key by MKI does not reset the ROC (RFC 3711 §3.3.1).
    pub(super) fn progress(&self, ssrc: u32) -> Option<u64> {
        let in_use = !self.rules.is_empty() && self.overlap.is_none();
        let stream = self.streams.get(ssrc).filter(|_| in_use && !self.key.mki.is_empty());
        stream.and_then(|stream| stream.rtp.highest())
    }

    /// Opens a packet. `begun` is how far its stream has come under other keys.
    #[inline(always)]
    pub(super) fn unprotect(
        &mut self,
        header: Header,
        packet: &mut [u8],
        config: SessionConfig,
        reading: Reading,
        begun: Option<u64>,
    ) -> Result<usize, Error> {
        self.key.usage(header.kind()).check()?;
        let len = match header {
            Header::Rtp(header) => self.unprotect_rtp(header, packet, config, reading, begun),
            Header::Rtcp(ssrc) => self.unprotect_rtcp(ssrc, packet, config, reading),
        }?;
        self.key.count(header.kind(), config.soft_limit());
        if let Reading::OtherMki(trial) = reading {
            self.wire_mki_len = self.other_mki_len(trial);
        }
        Ok(len)
    }

    /// Opens a packet that the usual reading refused for this reason, in case it was
    /// on its way when the suite changed.
    #[cold]
    pub(super) fn unprotect_former(
        &mut self,
        header: Header,
        packet: &mut [u8],
        config: SessionConfig,
        refused: Error,
        begun: Option<u64>,
    ) -> Result<usize, Error> {
        if self.former.is_none() || !may_be_misread(refused) {
            return Err(refused);
        }
        self.unprotect(header, packet, config, Reading::Former, begun)
    }

    #[inline(always)]
    fn unprotect_rtp(
        &mut self,
        header: RtpHeader,
        packet: &mut [u8],
        config: SessionConfig,
        reading: Reading,
        begun: Option<u64>,
    ) -> Result<usize, Error> {
        let window = self.known(header.ssrc)?.map(|stream| &stream.rtp);
        let highest = window.and_then(Window::highest).max(begun);
        let index = match reading {
            Reading::Ahead(trial) => index::ahead(highest, header.seq, trial),
            _ => index::estimate(highest, header.seq),
        };
        let index = index.ok_or(Error::TooOld)?;
        window.map_or(Ok(()), |window| window.check(index))?;
        let (suite, transform) = self.arithmetic(reading);
        let lengths = Lengths { tag: suite.params().srtp_tag_len, mki: self.mki_len(reading)? };
        let parts = trailer::split_rtp(suite, packet, lengths)?;
        if parts.body.len() < header.len {
            return Err(Error::PacketMalformed);
        }
        self.check_mki(parts.mki)?;
        let len = parts.body.len();
        let clear_len = self.key.clear_len(header.len, len);
        let proof = transform.open_rtp(parts.body, clear_len, index, parts.tag)?;
        let stream = self.authenticated(header.ssrc, config, proof)?;
        stream.rtp.commit(index);
        stream.traffic.count(len);
        if let Reading::Ahead(_) = reading {
            stream.mishaps.recovered();
        }
        Ok(len)
    }

    fn unprotect_rtcp(
        &mut self,
        ssrc: u32,
        packet: &mut [u8],
        config: SessionConfig,
        reading: Reading,
    ) -> Result<usize, Error> {
        let known_short = self.known(ssrc)?.is_some_and(|stream| stream.short_srtcp_tag);
        let short = known_short != (reading == Reading::OtherSrtcpTag);
        let (suite, transform) = self.arithmetic(reading);
        let params = suite.params();
        if reading == Reading::OtherSrtcpTag && params.srtp_tag_len == params.srtcp_tag_len {
            return Err(Error::AuthFailed);
        }
        let tag = if short { params.srtp_tag_len } else { params.srtcp_tag_len };
        let lengths = Lengths { tag, mki: self.mki_len(reading)? };
        let parts = trailer::split_rtcp(suite, packet, lengths)?;
        if parts.body.len() < RTCP_HEADER_LEN {
            return Err(Error::PacketMalformed);
        }
        self.check_mki(parts.mki)?;
        // Encrypted all the same is fine: the flag is authenticated.
        if parts.word & trailer::E_FLAG == 0 && self.key.encryption.srtcp {
            return Err(Error::NotEncrypted);
        }
        let index = u64::from(parts.word & !trailer::E_FLAG);
        self.known(ssrc)?.map_or(Ok(()), |stream| stream.rtcp.check(index))?;
        let proof = transform.open_rtcp(parts.body, parts.word, parts.tag)?;
        let len = parts.body.len();
        let stream = self.authenticated(ssrc, config, proof)?;
        stream.rtcp.commit(index);
        stream.short_srtcp_tag = short;
        Ok(len)
    }

    /// What a reading is computed with.
    #[inline(always)]
    fn arithmetic(&self, reading: Reading) -> (CryptoSuite, &Transform) {
        match &self.former {
            Some(former) if reading == Reading::Former => (former.suite, &former.transform),
            _ => (self.key.suite(), &self.key.transform),
        }
    }

    /// The MKI length of a reading; an error when the reading would be the usual
    /// one again.
    #[inline(always)]
    fn mki_len(&self, reading: Reading) -> Result<usize, Error> {
        let Reading::OtherMki(trial) = reading else {
            return Ok(self.wire_mki_len);
        };
        let len = self.other_mki_len(trial);
        if len == self.wire_mki_len { Err(Error::AuthFailed) } else { Ok(len) }
    }

    /// Every other trial is of the announced length: an MKI is not authenticated,
    /// so whoever cuts it out of one packet must not cost us many.
    fn other_mki_len(&self, trial: u32) -> usize {
        let announced = self.key.mki.len();
        if self.wire_mki_len != announced && trial.is_multiple_of(2) {
            return announced;
        }
        let choice = if self.wire_mki_len == announced { trial } else { trial / 2 };
        USUAL_MKI_LENS.get(choice as usize % USUAL_MKI_LENS.len()).copied().unwrap_or(announced)
    }

    /// A field of the announced length must hold the announced MKI; one of
    /// another length is the peer's own affair.
    fn check_mki(&self, mki: &[u8]) -> Result<(), Error> {
        if mki.is_empty() {
            // A comparison of no bytes reads none, but where they would be; at the address
            // of an empty box that costs some CPUs a quarter of the packet's time.
            return Ok(());
        }
        if mki.len() == self.key.mki.len() && *mki != *self.key.mki { Err(Error::UnknownMki) } else { Ok(()) }
    }

    /// The stream as far as it is known, which an unauthenticated packet may not
    /// change; an error when it is not known and there is no room for another.
    #[inline(always)]
    fn known(&self, ssrc: u32) -> Result<Option<&Stream>, Error> {
        let stream = self.streams.get(ssrc);
        if stream.is_none() {
            self.streams.room()?;
        }
        Ok(stream)
    }

    /// The stream, to be written; the proof says that the packet may do so.
    #[inline(always)]
    fn authenticated(
        &mut self,
        ssrc: u32,
        config: SessionConfig,
        _proof: Authenticated,
    ) -> Result<&mut Stream, Error> {
        self.streams.get_or_insert(ssrc, || Stream::new(config))
    }
}
