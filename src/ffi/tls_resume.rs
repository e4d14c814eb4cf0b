//! The one call of OpenSSL's binding that is `unsafe`.

use openssl::error::ErrorStack;
use openssl::ssl::{SslRef, SslSessionRef};

/// Has a client offer this session to the server.
pub(super) fn offer(ssl: &mut SslRef, session: &SslSessionRef) -> Result<(), ErrorStack> {
    // SAFETY: `Resume` promises that the session is of a connection of the same context.
    unsafe { ssl.set_session(session) }
}
