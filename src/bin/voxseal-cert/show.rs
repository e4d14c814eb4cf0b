//! What stands in certificates.

use crate::fault::Result;
use crate::files::certificates_of;
use openssl::x509::X509Ref;
use std::path::PathBuf;
use voxseal::tls::Utc;
use voxseal::tls_openssl::{certificate_facts, describe_certificate};

/// The verb `show`.
pub fn show(files: &[PathBuf]) -> Result<()> {
    for file in files {
        for (nth, certificate) in certificates_of(file)?.iter().enumerate() {
            println!("{}, certificate {}", file.display(), nth.saturating_add(1));
            print!("{}", describe_certificate(certificate));
            if is_authority(certificate) {
                println!("authority   it issues certificates");
            }
        }
    }
    Ok(())
}

/// Both dates in one line.
pub fn dates(certificate: &X509Ref) -> String {
    match certificate_facts(certificate).validity {
        Some((from, to)) => format!("valid from {} to {}", Utc(from), Utc(to)),
        None => "valid at dates that cannot be read".to_owned(),
    }
}

/// OpenSSL's binding does not say it otherwise than as text.
pub fn is_authority(certificate: &X509Ref) -> bool {
    let text = certificate.to_text().unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let mut lines = text.lines().skip_while(|line| !line.trim().starts_with("X509v3 Basic Constraints:"));
    lines.nth(1).is_some_and(|line| line.trim().starts_with("CA:TRUE"))
}
