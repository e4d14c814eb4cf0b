//! Reads the key-params field (RFC 4568 §6.1, §9.2):
//! `inline:key[|lifetime][|mki:length]`, several of them joined by `;`.

use super::parse::MAX_KEYS;
use super::{KeyParam, Lifetime, Mki, Refusal};
use crate::error::Error;
use crate::secret::MasterKey;
use crate::suite::CryptoSuite;
use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use zeroize::Zeroizing;

/// Reads all keys of one field. Several keys are told apart by their MKI, so
/// each must have one, of one length, and no two the same (§4.3, §6.1).
pub(super) fn parse_key_params(field: &str, suite: CryptoSuite) -> Result<Vec<KeyParam>, Refusal> {
    let mut keys = Vec::new();
    for part in field.split(';') {
        if keys.len() == MAX_KEYS {
            let cause = format!("it holds more keys than the {MAX_KEYS} that are read");
            return Err(Refusal::new(Error::AttributeTooLong, cause));
        }
        keys.push(parse_key_param(part, suite)?);
    }
    check_mkis(&keys)?;
    Ok(keys)
}

fn parse_key_param(text: &str, suite: CryptoSuite) -> Result<KeyParam, Refusal> {
    let (method, info) = match text.split_once(':') {
        Some((method, info)) => (method, Some(info)),
        None => (text, None),
    };
    if text.is_empty() {
        return Err(encoding("a key is empty; expected inline: and the key in base64"));
    }
    if !method.eq_ignore_ascii_case("inline") {
        return Err(Refusal::new(Error::KeyMethod, "the key method is not inline; no other is supported"));
    }
    let info = info.ok_or_else(|| encoding("there is no colon and no key after inline"))?;
    let mut parts = info.split('|');
    let master_key = parse_master_key(parts.next().unwrap_or_default(), suite)?;
    let (lifetime, mki) = (None, None);
    let mut key = KeyParam { master_key, lifetime, mki };
    parts.try_for_each(|part| parse_property(part, &mut key))?;
    Ok(key)
}

/// Lifetime or MKI: only an MKI holds a colon (§6.1).
fn parse_property(part: &str, key: &mut KeyParam) -> Result<(), Refusal> {
    if part.contains(':') {
        if key.mki.is_some() {
            return Err(Refusal::new(Error::MkiSyntax, "a key has two MKIs"));
        }
        key.mki = Some(Mki::parse(part)?);
    } else {
        if key.lifetime.is_some() || key.mki.is_some() {
            let cause = "a key has a second lifetime, or the lifetime stands after the MKI";
            return Err(Refusal::new(Error::LifetimeSyntax, cause));
        }
        key.lifetime = Some(Lifetime::parse(part)?);
    }
    Ok(())
}

fn encoding(cause: &str) -> Refusal {
    Refusal::new(Error::KeyEncoding, cause)
}

fn parse_master_key(text: &str, suite: CryptoSuite) -> Result<MasterKey, Refusal> {
    if text.is_empty() {
        return Err(encoding("the inline key is empty"));
    }
    let bytes = decode(text).ok_or_else(|| encoding("the inline key is not strict base64 (RFC 4648)"))?;
    MasterKey::new(suite, &bytes).map_err(|error| match error {
        Error::KeyLength => {
            let (has, needs) = (bytes.len(), suite.key_salt_len());
            Refusal::new(error, format!("key and salt are {has} bytes long, {suite} needs {needs}"))
        }
        error => Refusal::new(error, format!("{error}; the peer must send a random one")),
    })
}

/// Strict base64: no character from outside the alphabet, no stray bits after
/// the last byte. Padding is complete or, as many devices leave it, absent.
fn decode(text: &str) -> Option<Zeroizing<Vec<u8>>> {
    let digits = text.trim_end_matches('=');
    let padding_len = text.len() - digits.len();
    if padding_len > 2 || (padding_len > 0 && !text.len().is_multiple_of(4)) {
        return None;
    }
    // Sized once: a vector that grows would leave pieces of the key behind.
    let mut bytes = Zeroizing::new(vec![0; digits.len()]);
    let len = STANDARD_NO_PAD.decode_slice(digits, &mut bytes).ok()?;
    bytes.truncate(len);
    Some(bytes)
}

fn check_mkis(keys: &[KeyParam]) -> Result<(), Refusal> {
    let refuse = |cause| Err(Refusal::new(Error::MkiSyntax, cause));
    if keys.len() < 2 {
        return Ok(());
    }
    let mkis: Vec<&Mki> = keys.iter().filter_map(|key| key.mki.as_ref()).collect();
    if mkis.len() != keys.len() {
        return refuse("it holds several keys but not each has an MKI");
    }
    let mut seen = Vec::new();
    for mki in mkis {
        if seen.first().is_some_and(|first: &&Mki| first.bytes().len() != mki.bytes().len()) {
            return refuse("the MKIs of its keys differ in length");
        }
        if seen.contains(&mki) {
            return refuse("two of its keys have the same MKI");
        }
        seen.push(mki);
    }
    let mut others = keys.iter().enumerate();
    if others.any(|(nth, key)| keys.iter().take(nth).any(|one| one.master_key.same_bytes(&key.master_key))) {
        return refuse("two of its keys are the same key");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn padding_is_complete_or_absent() {
        for good in ["AQ==", "AQ", "AQI=", "AQI", "AQID"] {
            assert!(decode(good).is_some(), "{good}");
        }
        for bad in
            ["AQ=", "AQ===", "AQI==", "AQID=", "AQID====", "A", "=", "A=Q=", "AR", "AQJ", "A Q", "A-_Q"]
        {
            assert!(decode(bad).is_none(), "{bad}");
        }
    }
}
