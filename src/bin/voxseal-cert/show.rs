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

pub fn is_authority(certificate: &X509Ref) -> bool {
    constraints(certificate).is_some_and(|line| line.starts_with("CA:TRUE"))
}

/// How many authorities may stand below this one.
pub fn path_length(certificate: &X509Ref) -> Option<u32> {
    constraints(certificate)?.split_once("pathlen:")?.1.trim().parse().ok()
}

/// The first extension that authorities made here do not have.
pub fn foreign_extension(certificate: &X509Ref) -> Option<String> {
    const OWN: [&str; 4] =
        ["Basic Constraints", "Key Usage", "Subject Key Identifier", "Authority Key Identifier"];
    let text = text(certificate);
    let (_, extensions) = text.split_once("X509v3 extensions:\n")?;
    // Names stand twelve columns in, values further.
    let names = extensions.lines().take_while(|line| line.starts_with("            "));
    let mut names = names.filter_map(|line| line.get(12..)?.split_once(':')).map(|(name, _)| name);
    names
        .find(|name| !name.starts_with(' ') && !OWN.contains(&name.trim_start_matches("X509v3 ")))
        .map(str::to_owned)
}

fn constraints(certificate: &X509Ref) -> Option<String> {
    let text = text(certificate);
    let mut lines = text.lines().skip_while(|line| !line.trim().starts_with("X509v3 Basic Constraints:"));
    lines.nth(1).map(|line| line.trim().to_owned())
}

/// OpenSSL's binding does not say these things otherwise than as text.
fn text(certificate: &X509Ref) -> String {
    String::from_utf8_lossy(&certificate.to_text().unwrap_or_default()).into_owned()
}
