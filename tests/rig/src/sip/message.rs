//! A SIP message that has come.

/// A SIP message as it came in.
#[derive(Debug, Clone)]
pub struct Message {
    /// Start line and header lines.
    pub head: String,
    /// What follows the empty line.
    pub body: String,
}

impl Message {
    /// The status of a response, `None` for a request.
    pub fn status(&self) -> Option<u16> {
        self.head.strip_prefix("SIP/2.0 ")?.get(..3)?.parse().ok()
    }

    /// The value of the first header with this name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().skip(1).find_map(|line| {
            let (found, value) = line.split_once(':')?;
            found.trim().eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }

    /// Takes the first message off the bytes that have come, once it is there as a whole.
    pub(super) fn take_from(received: &mut Vec<u8>) -> Option<Message> {
        let end = received.windows(4).position(|four| four == b"\r\n\r\n")? + 4;
        let head = String::from_utf8_lossy(&received[..end]).into_owned();
        let mut message = Message { head, body: String::new() };
        let body_len: usize = message.header("Content-Length").and_then(|len| len.parse().ok()).unwrap_or(0);
        if received.len() < end + body_len {
            return None;
        }
        message.body = String::from_utf8_lossy(&received[end..end + body_len]).into_owned();
        received.drain(..end + body_len);
        Some(message)
    }
}
