//! The blocks of PEM files.

/// What stands in a block that matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Certificate,
    /// A certificate with trust settings of OpenSSL's own.
    TrustedCertificate,
    Key,
    /// A key that needs a passphrase.
    EncryptedKey,
}

/// One block, with its first and last line.
pub(super) struct Block<'a> {
    pub(super) kind: Kind,
    pub(super) pem: &'a [u8],
}

const BEGIN: &[u8] = b"-----BEGIN ";
const DASHES: &[u8] = b"-----";

/// Certificates and private keys, in the file's order; parameters and text between
/// the blocks do not count. `None` when a block has no end.
pub(super) fn blocks(file: &[u8]) -> Option<Vec<Block<'_>>> {
    let mut blocks = Vec::new();
    let mut rest = file;
    while let Some(start) = find(rest, BEGIN) {
        let block = rest.get(start..)?;
        let label = block.get(BEGIN.len()..)?;
        let label = label.get(..find(label, DASHES)?)?;
        let end = [b"-----END ", label, DASHES].concat();
        let len = find(block, &end)? + end.len();
        let (pem, after) = block.split_at_checked(len)?;
        blocks.extend(kind(label, pem).map(|kind| Block { kind, pem }));
        rest = after;
    }
    Some(blocks)
}

fn kind(label: &[u8], pem: &[u8]) -> Option<Kind> {
    match label {
        b"CERTIFICATE" | b"X509 CERTIFICATE" => Some(Kind::Certificate),
        b"TRUSTED CERTIFICATE" => Some(Kind::TrustedCertificate),
        b"ENCRYPTED PRIVATE KEY" => Some(Kind::EncryptedKey),
        label if !label.ends_with(b"PRIVATE KEY") => None,
        // The older form says so in a header.
        _ if find(pem, b"Proc-Type: 4,ENCRYPTED").is_some() => Some(Kind::EncryptedKey),
        _ => Some(Kind::Key),
    }
}

fn find(text: &[u8], wanted: &[u8]) -> Option<usize> {
    text.windows(wanted.len()).position(|window| window == wanted)
}
