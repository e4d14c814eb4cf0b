//! A crafted caller: it offers exactly the crypto attributes that a test wants.

use crate::Result;
use crate::libsrtp::RigSuite;
use crate::media::{Media, SecureMedia};
use crate::pbx::Pbx;
use crate::sdp::{Attribute, Sdp, media_address};
use crate::sip::{Dialog, Message, Ua};

/// A caller connected to a PBX.
pub struct Caller {
    /// Its user agent.
    pub ua: Ua,
}

/// A call with media both ways.
pub struct Call {
    /// The SIP side.
    pub dialog: Dialog,
    /// The media side.
    pub media: SecureMedia,
    /// The suite the PBX agreed to.
    pub suite: RigSuite,
    /// What was offered and agreed last.
    pub offer: Offer,
    /// The PBX's key and salt.
    pub remote: Vec<u8>,
}

/// A master key and salt for a suite, and the crypto attribute that offers it.
#[derive(Clone)]
pub struct Offer {
    /// The suite.
    pub suite: RigSuite,
    /// Master key and salt.
    pub key_salt: Vec<u8>,
    /// The attribute's value.
    pub line: String,
}

impl Offer {
    /// Fresh keys for a suite.
    pub fn new(tag: u32, suite: RigSuite) -> Result<Offer> {
        let mut key_salt = vec![0; suite.key_salt_len];
        openssl::rand::rand_bytes(&mut key_salt)?;
        Ok(Offer::with_key(tag, suite, key_salt))
    }

    /// Fresh keys for the suite of this name.
    pub fn named(tag: u32, suite: &str) -> Result<Offer> {
        let known = RigSuite::named(suite);
        Offer::new(tag, known.ok_or_else(|| format!("there is no suite {suite}"))?)
    }

    /// Known keys for a suite.
    pub fn with_key(tag: u32, suite: RigSuite, key_salt: Vec<u8>) -> Offer {
        let line = format!("{tag} {} inline:{}", suite.name, openssl::base64::encode_block(&key_salt));
        Offer { suite, key_salt, line }
    }
}

impl Caller {
    /// Connects to the PBX as endpoint `sdes`.
    pub fn connect(pbx: &Pbx) -> Result<Caller> {
        Caller::connect_as(pbx, "sdes")
    }

    /// Connects to the PBX as this endpoint.
    pub fn connect_as(pbx: &Pbx, endpoint: &str) -> Result<Caller> {
        let config = pbx.config();
        Ok(Caller { ua: Ua::connect(config.ip(), config.ports.tls(), &pbx.file("etc/ca.pem"), endpoint)? })
    }

    /// The same over UDP, where the PBX has a transport for that.
    pub fn by_udp(pbx: &Pbx, endpoint: &str) -> Result<Caller> {
        let config = pbx.config();
        Ok(Caller { ua: Ua::by_udp(config.ip(), config.ports.udp(), endpoint)? })
    }

    /// Offers these crypto attributes to an extension and gives the final response. Nothing is sent to the ports.
    pub fn offer(&mut self, extension: &str, lines: &[&[u8]]) -> Result<(Dialog, Message)> {
        self.ua.invite(extension, &Sdp::new(40_000, lines).write())
    }

    /// Calls an extension with these offers; any of them may be accepted.
    pub fn call(&mut self, extension: &str, offers: &[Offer]) -> Result<Call> {
        let media = Media::bind()?;
        let lines: Vec<&[u8]> = offers.iter().map(|offer| offer.line.as_bytes()).collect();
        let (dialog, answer) = self.ua.invite(extension, &Sdp::new(media.port, &lines).write())?;
        let (offer, remote) = agreed(offers, &answer)?;
        let media = media.secure(offer.suite, &offer.key_salt, &remote, media_address(&answer.body)?)?;
        Ok(Call { dialog, media, suite: offer.suite, offer: offer.clone(), remote })
    }

    /// Offers once more inside a call, media in this direction, and gives the PBX's key. No key is put to use.
    pub fn offer_again(
        &mut self,
        dialog: &mut Dialog,
        port: u16,
        offer: &Offer,
        direction: &str,
    ) -> Result<Vec<u8>> {
        dialog.sdp_version += 1;
        let version = dialog.sdp_version;
        let lines = [offer.line.as_bytes()];
        let sdp = Sdp { version, direction, ..Sdp::new(port, &lines) };
        let answer = self.ua.reinvite(dialog, &sdp.write())?;
        Ok(agreed(std::slice::from_ref(offer), &answer)?.1)
    }

    /// Offers once more inside a call and puts the keys that are new to use; what did not change goes on.
    pub fn renegotiate(&mut self, call: &mut Call, offer: Offer, direction: &str) -> Result<()> {
        let remote = self.offer_again(&mut call.dialog, call.media.port(), &offer, direction)?;
        call.use_keys(offer, remote)
    }
}

impl Call {
    /// Puts agreed keys to use where they are new.
    pub fn use_keys(&mut self, offer: Offer, remote: Vec<u8>) -> Result<()> {
        let other_suite = offer.suite != self.suite;
        if other_suite || offer.key_salt != self.offer.key_salt {
            self.media.use_local_key(offer.suite, &offer.key_salt)?;
        }
        if other_suite || remote != self.remote {
            self.media.use_remote_key(offer.suite, &remote)?;
        }
        (self.suite, self.offer, self.remote) = (offer.suite, offer, remote);
        Ok(())
    }
}

/// The offer that an answer accepts, and the key in the answer: the same tag and the same suite (RFC 4568 §5.1.3).
fn agreed<'a>(offers: &'a [Offer], answer: &Message) -> Result<(&'a Offer, Vec<u8>)> {
    if answer.status() != Some(200) {
        let status = answer.head.lines().next().unwrap_or("");
        return Err(format!("the offer of {} was answered with {status}", offers[0].suite.name).into());
    }
    let accepted = Attribute::only_one_of(&answer.body)?;
    let offer = offers.iter().find(|offer| offer.line.starts_with(&format!("{} ", accepted.start)));
    let offer =
        offer.ok_or_else(|| format!("the answer accepts {:?}, which was not offered", accepted.start))?;
    if accepted.key_salt == offer.key_salt {
        return Err("the answer's key is our own".into());
    }
    Ok((offer, accepted.key_for(offer.suite)?))
}
