//! A crafted callee: it waits for the PBX's call and takes the first crypto attribute that it is offered.

use crate::Result;
use crate::caller::Offer;
use crate::media::{Media, SecureMedia};
use crate::pbx::Pbx;
use crate::sdp::{Attribute, Sdp, media_address};
use crate::sip::{Message, Ua};

/// A callee connected to a PBX.
pub struct Callee {
    /// Its user agent.
    pub ua: Ua,
}

impl Callee {
    /// Connects to the PBX, which will call over this connection.
    pub fn connect(pbx: &Pbx) -> Result<Callee> {
        let config = pbx.config();
        Ok(Callee { ua: Ua::connect(config.ip(), config.ports.tls(), &pbx.file("etc/ca.pem"), "callee")? })
    }

    /// The same over UDP, where the PBX has a transport for that.
    pub fn by_udp(pbx: &Pbx) -> Result<Callee> {
        let config = pbx.config();
        Ok(Callee { ua: Ua::by_udp(config.ip(), config.ports.udp(), "callee")? })
    }

    /// The extension at which the PBX calls it.
    pub fn extension(&self) -> String {
        format!("to-{}", self.ua.port())
    }

    /// Lets the PBX call it and put the call through to an extension.
    pub fn be_called(&self, pbx: &Pbx, extension: &str) -> Result<()> {
        let (ip, port) = (pbx.config().ip(), self.ua.port());
        let uri = format!("PJSIP/sdes/sip:callee@{ip}:{port}\\;transport=tls");
        pbx.cli(&format!("channel originate {uri} extension {extension}@tests"))?;
        Ok(())
    }

    /// Waits for the call and answers it with the first line that it is offered.
    pub fn answer(&mut self) -> Result<SecureMedia> {
        let invite = self.ua.wait_for_request("INVITE")?;
        self.answer_line(&invite, 0)
    }

    /// Answers a call with the line at this place of the offer, counted from 0.
    pub fn answer_line(&mut self, invite: &Message, place: usize) -> Result<SecureMedia> {
        let mut lines = Attribute::all_of(&invite.body)?.into_iter();
        let offered = lines.nth(place).ok_or_else(|| format!("the PBX offers no line {}", place + 1))?;
        let (tag, suite) = offered.tag_and_suite()?;
        let ours = Offer::new(tag, suite)?;
        let media = Media::bind()?;
        self.ua.accept_with(invite, &Sdp::new(media.port, &[ours.line.as_bytes()]).write())?;
        self.ua.wait_for_request("ACK")?;
        media.secure(suite, &ours.key_salt, &offered.key_for(suite)?, media_address(&invite.body)?)
    }

    /// Waits until the PBX ends the call.
    pub fn wait_for_bye(&mut self) -> Result<()> {
        let bye = self.ua.wait_for_request("BYE")?;
        self.ua.accept(&bye)
    }
}
