//! Registrations.

use super::Ua;
use crate::Result;

impl Ua {
    /// Registers this contact at an address of record, as the endpoint that has its name. Gives the Call-ID.
    pub fn register(&mut self, aor: &str, contact: &str) -> Result<String> {
        let call_id = format!("register-{}-{}", self.local, self.serial + 1);
        self.register_under(aor, contact, &call_id)?;
        Ok(call_id)
    }

    /// The same under this Call-ID.
    pub fn register_under(&mut self, aor: &str, contact: &str, call_id: &str) -> Result<()> {
        let record = format!("{aor}@{}", self.server);
        self.send_register(aor, &record, &format!("<{contact}>;expires=300"), call_id)
    }

    /// The same as this endpoint, for an address of record such as `alice@example.org`, with a Contact as it is to stand.
    pub fn register_record(&mut self, endpoint: &str, record: &str, contact: &str) -> Result<()> {
        let call_id = format!("register-{}-{}", self.local, self.serial + 1);
        self.send_register(endpoint, record, contact, &call_id)
    }

    fn send_register(&mut self, user: &str, record: &str, contact: &str, call_id: &str) -> Result<()> {
        self.serial += 1;
        let (Ua { server, local, user_agent, .. }, nth) = (&*self, self.serial);
        let (name, via) = (self.link.name(), self.link.via());
        let register = format!(
            "REGISTER sip:{server};transport={name} SIP/2.0\r\n\
             Via: SIP/2.0/{via} {local};branch=z9hG4bK-register-{local}-{nth};rport\r\n\
             Max-Forwards: 70\r\nFrom: <sip:{user}@{server}>;tag=rig\r\nTo: <sip:{record}>\r\n\
             Call-ID: {call_id}\r\nCSeq: {nth} REGISTER\r\nContact: {contact}\r\n\
             User-Agent: {user_agent}\r\nContent-Length: 0\r\n\r\n"
        );
        self.send(register.as_bytes())?;
        let answer = self.receive(self.patience)?.ok_or("no answer to REGISTER")?;
        match answer.status() {
            Some(200) => Ok(()),
            _ => Err(format!("REGISTER was followed by {}", answer.head.lines().next().unwrap_or("")).into()),
        }
    }
}
