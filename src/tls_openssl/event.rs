//! What happens to a connection, for whoever wants to be told.

use crate::error::Error;
use openssl::ssl::{self, SslAlert};
use zeroize::Zeroizing;

/// Something that happened to a connection.
pub enum Event {
    /// The handshake is over and the policy has been asked; the verdict says more.
    Judged {
        /// The rule for which the connection may not be used.
        refused: Option<Error>,
        /// The verdict's sentence.
        reason: String,
    },
    /// The connection broke, in the handshake or after it.
    Failed {
        /// Why.
        error: Error,
        /// The same in words.
        reason: String,
    },
    /// An alert (RFC 8446 §6). Of those that we send, the ones in the clear.
    Alert {
        /// By us, or by the peer.
        sent: bool,
        /// `AlertDescription`.
        number: u8,
    },
    /// A line for a key log file, as other programs read it. A secret.
    Key(Zeroizing<String>),
}

/// The alert that the peer ended the connection by.
pub(super) fn received_alert(error: &ssl::Error) -> Option<u8> {
    let codes = error.ssl_error()?.errors().iter().map(|error| error.reason_code());
    codes.filter_map(|code| u8::try_from(code.checked_sub(1000)?).ok()).next()
}

/// The alert in OpenSSL's words.
pub fn alert_name(number: u8) -> String {
    SslAlert::from_reason_code(1000 + i32::from(number))
        .map_or_else(|| format!("alert {number}"), |alert| alert.to_string())
}

/// What broke, with OpenSSL's word for it.
pub(super) fn reason(during: Error, error: &ssl::Error) -> String {
    let detail = error.ssl_error().and_then(|stack| stack.errors().first()).and_then(|error| error.reason());
    detail.map_or_else(|| during.text().to_owned(), |detail| format!("{}: {detail}", during.text()))
}
