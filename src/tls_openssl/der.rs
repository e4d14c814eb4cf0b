//! The extended key usages of a certificate, of which OpenSSL's Rust binding
//! shows only those that it knows itself; RFC 5924's is none of them.

const SEQUENCE: u8 = 0x30;
const OBJECT: u8 = 0x06;
const OCTETS: u8 = 0x04;
/// `extensions [3]` of RFC 5280 §4.1.
const EXTENSIONS: u8 = 0xa3;
/// 2.5.29.37.
const EXT_KEY_USAGE: &[u8] = &[0x55, 0x1d, 0x25];

/// The usages as dotted identifiers; `None` without the extension. One that
/// cannot be read gives no usages, which is no leave for anything.
pub(super) fn extended_key_usages(certificate: &[u8]) -> Option<Vec<String>> {
    let (_, certificate, _) = element(certificate)?;
    let (_, to_be_signed, _) = element(certificate)?;
    let (_, extensions) = elements(to_be_signed).find(|(tag, _)| *tag == EXTENSIONS)?;
    let (_, extensions, _) = element(extensions)?;
    let usages = elements(extensions).find_map(|(_, extension)| {
        let is_ours = elements(extension).next() == Some((OBJECT, EXT_KEY_USAGE));
        is_ours.then(|| elements(extension).find(|(tag, _)| *tag == OCTETS))
    })?;
    let list = usages.and_then(|(_, octets)| element(octets)).filter(|(tag, ..)| *tag == SEQUENCE);
    let objects = list.into_iter().flat_map(|(_, list, _)| elements(list));
    Some(objects.filter(|(tag, _)| *tag == OBJECT).filter_map(|(_, object)| dotted(object)).collect())
}

/// The first element: tag, content, and what follows.
fn element(der: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&[tag, first], rest) = der.split_first_chunk::<2>()?;
    let (len, rest) = if first < 0x80 {
        (usize::from(first), rest)
    } else {
        let (len, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
        let too_long = len.is_empty() || len.len() > 4;
        let len = len.iter().fold(0, |len: usize, byte| len << 8 | usize::from(*byte));
        if too_long {
            return None;
        }
        (len, rest)
    };
    let (content, rest) = rest.split_at_checked(len)?;
    Some((tag, content, rest))
}

fn elements(mut der: &[u8]) -> impl Iterator<Item = (u8, &[u8])> {
    core::iter::from_fn(move || {
        let (tag, content, rest) = element(der)?;
        der = rest;
        Some((tag, content))
    })
}

fn dotted(object: &[u8]) -> Option<String> {
    let mut parts = Vec::new();
    let mut part: u64 = 0;
    for byte in object {
        part = part.checked_mul(128)?.checked_add(u64::from(byte & 0x7f))?;
        if byte & 0x80 == 0 {
            parts.push(part);
            part = 0;
        }
    }
    let (first, rest) = parts.split_first()?;
    let top = (*first / 40).min(2);
    let head = format!("{top}.{}", first - top * 40);
    Some(rest.iter().fold(head, |text, part| format!("{text}.{part}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_are_dotted() {
        assert_eq!(dotted(&[0x55, 0x1d, 0x25, 0]).as_deref(), Some("2.5.29.37.0"));
        assert_eq!(dotted(&[0x2b, 6, 1, 5, 5, 7, 3, 20]).as_deref(), Some("1.3.6.1.5.5.7.3.20"));
        assert_eq!(dotted(&[0x88, 0x37, 3]).as_deref(), Some("2.999.3"));
        assert_eq!(dotted(&[0xff; 20]), None);
    }

    #[test]
    fn damaged_certificates_have_no_usages() {
        for der in
            [&[][..], &[0x30], &[0x30, 0x80], &[0x30, 0x84, 0xff, 0xff, 0xff, 0xff], &[0x30, 2, 0x30, 0]]
        {
            assert_eq!(extended_key_usages(der), None);
        }
    }
}
