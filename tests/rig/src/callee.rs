//! A crafted callee: it waits for the PBX's call and takes the first crypto attribute that it is offered.

use crate::Result;
use crate::caller::Offer;
use crate::media::{Media, SecureMedia};
use crate::pbx::Pbx;
use crate::sdp::{Attribute, Sdp, media_address};
use crate::sip::Ua;

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

    /// The extension at which the PBX calls it.
    pub fn extension(&self) -> String {
        format!("to-{}", self.ua.port())
    }

    /// Waits for the call and answers it.
    pub fn answer(&mut self) -> Result<SecureMedia> {
        let invite = self.ua.wait_for_request("INVITE")?;
        let offered = Attribute::first_of(&invite.body)?;
        let (tag, suite) = offered.tag_and_suite()?;
        let ours = Offer::new(tag, suite)?;
        let media = Media::bind()?;
        self.ua.accept_with(&invite, &Sdp::new(media.port, &[ours.line.as_bytes()]).write())?;
        self.ua.wait_for_request("ACK")?;
        media.secure(suite, &ours.key_salt, &offered.key_for(suite)?, media_address(&invite.body)?)
    }

    /// Waits until the PBX ends the call.
    pub fn wait_for_bye(&mut self) -> Result<()> {
        let bye = self.ua.wait_for_request("BYE")?;
        self.ua.accept(&bye)
    }
}
