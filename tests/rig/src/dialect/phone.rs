//! A system in a call with a PBX: it calls and is called with its own SDP, and its media go through libsrtp in its habits.

use super::{Agreed, Dialect, Voice, with_lines};
use crate::Result;
use crate::libsrtp::Kind;
use crate::media::{Media, random_payload, rtp_packet};
use crate::sdp::media_address;
use crate::sip::{Dialog, Message, Ua};
use crate::wait::{PATIENCE, between_packets};
use std::net::SocketAddr;
use std::time::Duration;

/// How a system got into a call.
enum Side {
    Caller(Box<Dialog>),
    Callee,
}

/// A system in a call.
pub struct Phone {
    /// The system.
    pub system: Dialect,
    ua: Ua,
    side: Side,
    media: Media,
    to: SocketAddr,
    /// The keys; `None` for a call in clear.
    pub agreed: Option<Agreed>,
    voice: Option<Voice>,
    sequence: u16,
    last_heard: Option<Vec<u8>>,
    /// What the PBX said: its answer, or its offer.
    pub sdp: String,
}

/// What came of a call: a phone in a call, or the final response.
pub enum Placed {
    /// The call is up.
    Up(Box<Phone>),
    /// It was refused with this status.
    Refused(u16),
}

impl Placed {
    /// The phone, or an error that says the status.
    pub fn up(self) -> Result<Phone> {
        match self {
            Placed::Up(phone) => Ok(*phone),
            Placed::Refused(status) => Err(format!("the call was refused with {status}").into()),
        }
    }
}

const FIRST_SEQUENCE: u16 = 65_500;

impl Phone {
    /// Calls an extension with the system's offer.
    pub fn call(system: &Dialect, mut ua: Ua, extension: &str) -> Result<Placed> {
        let media = Media::bind()?;
        let offer = system.offer(media.port, 1, "sendrecv");
        let (dialog, answer) = ua.invite(extension, offer.as_bytes())?;
        let Some(200) = answer.status() else {
            return Ok(Placed::Refused(answer.status().unwrap_or(0)));
        };
        let what = |error| format!("{} gets an answer it cannot use: {error}\n{}", system.name, answer.body);
        let secure = answer.body.contains("a=crypto:") || offer.contains("a=crypto:");
        let agreed = secure.then(|| system.accept(&offer, &answer.body).map_err(what)).transpose()?;
        let side = Side::Caller(Box::new(dialog));
        Ok(Placed::Up(Box::new(Phone::up(system, ua, side, media, agreed, answer.body.clone())?)))
    }

    /// Waits for a call and answers as the system does.
    pub fn answer(system: &Dialect, mut ua: Ua) -> Result<Phone> {
        let invite = ua.wait_for_request("INVITE")?;
        let complaints = system.complaints(&invite.body)?;
        if !complaints.is_empty() {
            return Err(format!("{} cannot stand {complaints:?}\n{}", system.name, invite.body).into());
        }
        let media = Media::bind()?;
        let (answer, agreed) = system.answer(&invite.body, media.port)?;
        ua.accept_with(&invite, answer.as_bytes())?;
        ua.wait_for_request("ACK")?;
        Phone::up(system, ua, Side::Callee, media, agreed, invite.body)
    }

    fn up(
        system: &Dialect,
        ua: Ua,
        side: Side,
        mut media: Media,
        agreed: Option<Agreed>,
        sdp: String,
    ) -> Result<Phone> {
        let ssrc = u32::from(media.port) | 0x0b00_0000;
        let voice = agreed.as_ref().map(|agreed| Voice::new(agreed, system.media, ssrc, FIRST_SEQUENCE));
        let (to, voice) = (media_address(&sdp)?, voice.transpose()?);
        media.hear_only(to);
        let system = system.clone();
        Ok(Phone {
            system,
            ua,
            side,
            media,
            to,
            agreed,
            voice,
            sequence: FIRST_SEQUENCE,
            last_heard: None,
            sdp,
        })
    }

    /// Sends one packet with this payload, in clear only if the call is.
    pub fn say(&mut self, payload: &[u8]) -> Result<()> {
        let packet = match &mut self.voice {
            Some(voice) => voice.speak(payload)?.1,
            None => {
                self.sequence = self.sequence.wrapping_add(1);
                rtp_packet(self.sequence, u32::from(self.sequence) * 160, 77, payload)
            }
        };
        self.media.send_raw(&packet, self.to)
    }

    /// The sequence number of the next packet.
    pub fn go_on_at(&mut self, sequence: u16) {
        self.sequence = sequence;
        if let Some(voice) = &mut self.voice {
            voice.sequence = sequence;
        }
    }

    /// Payloads to an echo and back, each as it was sent. What comes before the echo is ready is lost at first. Gives the
    /// payloads, and what protection adds on the way back.
    pub fn echo(&mut self, packets: usize) -> Result<(Vec<Vec<u8>>, usize)> {
        exchange(self, None, packets)
    }

    /// Hears what is on its way still, which ends with what was sent last: nothing of it is left for whoever listens next.
    fn settle(&mut self, sent: &[Vec<u8>]) -> Result<()> {
        let heard_last = |phone: &Phone| phone.last_heard.as_ref() == sent.last();
        while !heard_last(self) {
            match self.listen(PATIENCE)? {
                Some((payload, _)) if sent.contains(&payload) => {}
                Some(_) => return Err("something was heard that nobody said".into()),
                None => return Err("what was said last is missing".into()),
            }
        }
        Ok(())
    }

    /// The next packet that comes: its payload, and what protection added to it.
    pub fn listen(&mut self, at_most: Duration) -> Result<Option<(Vec<u8>, usize)>> {
        let Some(mut packet) = self.media.receive(at_most)? else { return Ok(None) };
        let len = packet.len();
        if let Some(voice) = &mut self.voice {
            let header: Vec<String> = packet.iter().take(12).map(|byte| format!("{byte:02x}")).collect();
            let what = |error| format!("an RTP packet of {len} bytes, {}: {error}", header.concat());
            voice.hear(Kind::Rtp, &mut packet).map_err(what)?;
        }
        let added = len - packet.len();
        let payload = packet.split_off(12);
        self.last_heard = Some(payload.clone());
        Ok(Some((payload, added)))
    }

    /// Sends a report and waits for one of the PBX, both protected if the call is.
    pub fn reports(&mut self, number: u32) -> Result<()> {
        let Some(voice) = &mut self.voice else { return Ok(()) };
        let (_, packet) = voice.report(number)?;
        self.media.send_raw_rtcp(&packet, self.to)?;
        // Those that have come already may be under a key of before.
        self.media.forget_reports()?;
        let mut theirs = self.media.receive_rtcp(PATIENCE)?.ok_or("no SRTCP from the PBX")?;
        voice.hear(Kind::Rtcp, &mut theirs).map_err(|error| format!("a report of the PBX: {error}").into())
    }

    /// Offers once more with this one line and puts its keys to use.
    pub fn offer_again(&mut self, line: &str) -> Result<()> {
        let Side::Caller(dialog) = &mut self.side else { return Err("only a caller offers again".into()) };
        dialog.sdp_version += 1;
        let transport = super::audio(&self.sdp)?.transport;
        let offer = with_lines(&transport, self.media.port, &[line.to_owned()])
            .replace("o=- 1 1", &format!("o={} 1 {}", self.system.name, dialog.sdp_version));
        let answer = self.ua.reinvite(dialog, offer.as_bytes())?;
        self.sdp = ok_body(answer)?;
        let agreed = self.system.accept(&offer, &self.sdp)?;
        let voice = self.voice.as_mut().ok_or("a call in clear")?;
        voice.use_keys(&agreed)?;
        self.agreed = Some(agreed);
        Ok(())
    }

    /// Ends the call, or waits until the PBX does.
    pub fn hang_up(&mut self) -> Result<()> {
        match &mut self.side {
            Side::Caller(dialog) => self.ua.bye(dialog),
            Side::Callee => {
                let bye = self.ua.wait_for_request("BYE")?;
                self.ua.accept(&bye)
            }
        }
    }
}

fn ok_body(answer: Message) -> Result<String> {
    if answer.status() == Some(200) {
        return Ok(answer.body);
    }
    Err(format!("the new offer was answered with {:?}", answer.status()).into())
}

/// So many packets from one phone to another: each arrives with the payload that was sent. Packets that the PBX swallows
/// before both channels are ready are sent anew at first. Gives the payloads, and what protection added on the last leg.
pub fn talk(from: &mut Phone, to: &mut Phone, packets: usize) -> Result<(Vec<Vec<u8>>, usize)> {
    exchange(from, Some(to), packets)
}

/// What `from` says, `to` hears, or without it `from` itself.
fn exchange(from: &mut Phone, mut to: Option<&mut Phone>, packets: usize) -> Result<(Vec<Vec<u8>>, usize)> {
    let mut sent: Vec<Vec<u8>> = Vec::new();
    let (mut heard, mut added) = (0, 0);
    for attempt in 0..packets + 100 {
        let payload = random_payload()?;
        from.say(&payload)?;
        sent.push(payload);
        let patience = if heard == 0 { between_packets(sent.len()) } else { PATIENCE };
        let listener = if let Some(to) = &mut to { &mut **to } else { &mut *from };
        match listener.listen(patience)? {
            Some((payload, more)) if sent.contains(&payload) => (heard, added) = (heard + 1, more),
            Some(_) => return Err("something was heard that nobody said".into()),
            None if heard == 0 => {}
            None => return Err(format!("packet {attempt} did not arrive").into()),
        }
        if heard == packets {
            listener.settle(&sent)?;
            return Ok((sent, added));
        }
    }
    Err("no packet arrived".into())
}
