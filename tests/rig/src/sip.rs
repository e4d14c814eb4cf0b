//! A small SIP user agent over TLS, WebSockets or UDP: calls, calls again inside a call, and sends whatever bytes a test
//! wants.
//!
//! It is no phone: no authentication, and what it registers is what a test says.

mod connect;
mod message;
mod refer;
mod register;

pub use message::Message;

use crate::Result;
use crate::link::Link;
use crate::wait::PATIENCE;
use openssl::ssl::SslRef;
use std::time::{Duration, Instant};

/// One call, from the first INVITE on.
#[derive(Debug, Clone)]
pub struct Dialog {
    /// The version of the SDP sent last (RFC 3264 §8).
    pub sdp_version: u32,
    call_id: String,
    extension: String,
    to: String,
    cseq: u32,
}

/// A user agent with one way to the PBX.
pub struct Ua {
    link: Link,
    received: Vec<u8>,
    user: String,
    server: String,
    local: String,
    serial: u32,
    /// How long to wait for a final response.
    pub patience: Duration,
    /// What it says it is; nothing if empty.
    pub user_agent: String,
    /// Its Contact, as it is to stand in a message; its own address if empty.
    pub claimed_contact: String,
}

impl Ua {
    /// A user agent with a way to the PBX at this address that is there already.
    pub fn over(link: Link, server: &str, user: &str) -> Result<Ua> {
        Ok(Ua {
            local: link.local()?,
            link,
            received: Vec::new(),
            user: user.into(),
            server: server.into(),
            serial: 0,
            patience: PATIENCE,
            user_agent: String::new(),
            claimed_contact: String::new(),
        })
    }

    /// The PBX's certificate and all about the handshake; `None` over UDP.
    pub fn tls(&self) -> Option<&SslRef> {
        match &self.link {
            Link::Tls(stream) => Some(stream.ssl()),
            Link::Udp(_) | Link::WebSocket { .. } => None,
        }
    }

    /// Sends bytes as they are.
    pub fn send(&mut self, bytes: &[u8]) -> Result<()> {
        self.link.send(bytes)
    }

    /// Calls an extension with this SDP and waits for the final response. A call that was accepted is acknowledged.
    pub fn invite(&mut self, extension: &str, sdp: &[u8]) -> Result<(Dialog, Message)> {
        self.serial += 1;
        let call_id = format!("{}-{}", self.local, self.serial);
        let to = format!("<sip:{extension}@{}>", self.server);
        let mut dialog = Dialog { sdp_version: 1, call_id, extension: extension.into(), to, cseq: 0 };
        let answer = self.reinvite(&mut dialog, sdp)?;
        Ok((dialog, answer))
    }

    /// Sends an INVITE inside a call, waits for the final response and acknowledges it.
    pub fn reinvite(&mut self, dialog: &mut Dialog, sdp: &[u8]) -> Result<Message> {
        let answer = self.request(dialog, "INVITE", sdp)?;
        if let Some(to) = answer.header("To") {
            dialog.to = to.into();
        }
        let ack = self.head(dialog, "ACK", 0);
        self.send(ack.as_bytes())?;
        Ok(answer)
    }

    /// Sends an INVITE without SDP inside a call, answers the offer that comes back, and gives the response with it.
    pub fn ask_for_offer(
        &mut self,
        dialog: &mut Dialog,
        answer: impl FnOnce(&Message) -> Vec<u8>,
    ) -> Result<Message> {
        let offer = self.request(dialog, "INVITE", b"")?;
        if offer.status() != Some(200) {
            return Err(format!("an INVITE without SDP was answered with {}", offer.head).into());
        }
        let sdp = answer(&offer);
        let ack = self.head(dialog, "ACK", sdp.len());
        self.send(&[ack.as_bytes(), &sdp].concat())?;
        Ok(offer)
    }

    /// The dialog of a call of the PBX that was accepted, for requests of our own in it.
    pub fn dialog_of(&self, invite: &Message) -> Result<Dialog> {
        let header = |name| invite.header(name).ok_or_else(|| format!("the INVITE has no {name}"));
        let (to, call_id) = (header("From")?.to_owned(), header("Call-ID")?.to_owned());
        let contact = header("Contact")?;
        let extension = contact.split("sip:").nth(1).and_then(|uri| uri.split('@').next()).unwrap_or("");
        Ok(Dialog { sdp_version: 1, call_id, extension: extension.into(), to, cseq: 100 })
    }

    /// Ends a call.
    pub fn bye(&mut self, dialog: &mut Dialog) -> Result<()> {
        let answer = self.request(dialog, "BYE", b"")?;
        match answer.status() {
            Some(200) => Ok(()),
            _ => Err(format!("BYE was answered with {}", answer.head.lines().next().unwrap_or("")).into()),
        }
    }

    fn request(&mut self, dialog: &mut Dialog, method: &str, body: &[u8]) -> Result<Message> {
        dialog.cseq += 1;
        let head = self.head(dialog, method, body.len());
        self.send(&[head.as_bytes(), body].concat())?;
        let cseq = format!("{} {method}", dialog.cseq);
        let deadline = Instant::now() + self.patience;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let message = self.receive(left)?.ok_or_else(|| format!("no answer to {method}"))?;
            let ours = message.header("CSeq") == Some(&cseq)
                && message.header("Call-ID") == Some(dialog.call_id.as_str());
            match message.status() {
                Some(200..) if ours => return Ok(message),
                Some(_) => {}
                None => self.accept(&message)?,
            }
        }
    }

    /// Waits for a request of the PBX; responses, and requests of other kinds, are passed over.
    pub fn wait_for_request(&mut self, method: &str) -> Result<Message> {
        let deadline = Instant::now() + self.patience;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let message = self.receive(left)?.ok_or_else(|| format!("no {method} from the PBX"))?;
            if message.head.strip_prefix(method).is_some_and(|rest| rest.starts_with(' ')) {
                return Ok(message);
            }
        }
    }

    /// Says 200 to a request of the PBX, such as the BYE when it hangs up first.
    pub fn accept(&mut self, request: &Message) -> Result<()> {
        if request.head.starts_with("ACK ") { Ok(()) } else { self.accept_with(request, b"") }
    }

    /// Says 200 to a request of the PBX, with this SDP unless it is empty.
    pub fn accept_with(&mut self, request: &Message, sdp: &[u8]) -> Result<()> {
        self.reply(request, "200 OK", "rig", sdp)
    }

    /// Replies to a request of the PBX with this status, as the fork with this tag, with this SDP unless it is empty.
    pub fn reply(&mut self, request: &Message, status: &str, fork: &str, sdp: &[u8]) -> Result<()> {
        let mut reply = format!("SIP/2.0 {status}\r\n");
        for line in request.head.lines().skip(1) {
            let name = line.split(':').next().unwrap_or("").trim().to_ascii_lowercase();
            if ["via", "from", "to", "call-id", "cseq", "record-route"].contains(&name.as_str()) {
                let tag = if name == "to" && !line.contains("tag=") { &format!(";tag={fork}") } else { "" };
                reply += &format!("{line}{tag}\r\n");
            }
        }
        if !sdp.is_empty() {
            reply += &header("User-Agent", &self.user_agent);
            reply += &format!("Contact: {}\r\nContent-Type: application/sdp\r\n", self.contact());
        }
        self.send(&[format!("{reply}Content-Length: {}\r\n\r\n", sdp.len()).as_bytes(), sdp].concat())
    }

    /// The port that its connection comes from. The PBX uses the connection for calls to it, too.
    pub fn port(&self) -> &str {
        self.local.rsplit(':').next().unwrap_or("")
    }

    fn contact(&self) -> String {
        if !self.claimed_contact.is_empty() {
            return self.claimed_contact.clone();
        }
        format!("<sip:{}@{};transport={}>", self.user, self.local, self.link.name())
    }

    fn head(&self, dialog: &Dialog, method: &str, body_len: usize) -> String {
        let Ua { user, server, local, .. } = self;
        let Dialog { call_id, extension, to, cseq, .. } = dialog;
        format!(
            "{method} sip:{extension}@{server};transport={name} SIP/2.0\r\n\
             Via: SIP/2.0/{via} {local};branch=z9hG4bK-{call_id}-{cseq}{ack};rport\r\n\
             Max-Forwards: 70\r\n\
             From: <sip:{user}@{server}>;tag=rig\r\n\
             To: {to}\r\n\
             Call-ID: {call_id}\r\n\
             CSeq: {cseq} {method}\r\n\
             Contact: {contact}\r\n\
             {user_agent}{content_type}Content-Length: {body_len}\r\n\r\n",
            name = self.link.name(),
            via = self.link.via(),
            user_agent = header("User-Agent", &self.user_agent),
            contact = self.contact(),
            ack = if method == "ACK" && to.contains("tag=") { "-ack" } else { "" },
            content_type = if body_len > 0 { "Content-Type: application/sdp\r\n" } else { "" },
        )
    }

    /// The next message of the PBX; `None` when none came in time, an error when the connection was closed.
    pub fn receive(&mut self, at_most: Duration) -> Result<Option<Message>> {
        let deadline = Instant::now() + at_most;
        loop {
            if let Some(message) = Message::take_from(&mut self.received) {
                return Ok(Some(message));
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(None);
            }
            self.link.receive(&mut self.received, left)?;
        }
    }
}

/// A header line, unless its value is empty.
fn header(name: &str, value: &str) -> String {
    if value.is_empty() { String::new() } else { format!("{name}: {value}\r\n") }
}
