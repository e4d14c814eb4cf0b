//! Writes a crypto attribute in its one canonical form (RFC 4568 §9): single
//! spaces, registered case, padded base64.

use super::{CryptoAttribute, FecOrder, KeyParam, SessionParam};
use crate::secret::MasterKey;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

/// Room for tag and suite, and for the longest parameter that holds no text.
const FIXED_LEN: usize = 48;
/// Room for one key: `inline:`, 64 digits of base64, lifetime, and an MKI
/// of 309 digits.
const KEY_LEN: usize = 416;

impl CryptoAttribute {
    /// The attribute's value, what follows `a=crypto:`. Parsing it gives an
    /// equal attribute.
    pub fn write(&self) -> Zeroizing<String> {
        // Room for all at once: a string that grows would leave keys behind.
        let mut out = Zeroizing::new(String::with_capacity(self.len_bound()));
        out.push_str(&self.attr_tag.to_string());
        out.push(' ');
        out.push_str(self.spelling.name(self.suite));
        out.push(' ');
        write_keys(&self.keys, &mut out);
        for param in &self.session_params {
            out.push(' ');
            write_session_param(param, &mut out);
        }
        out
    }

    fn len_bound(&self) -> usize {
        let params = self.session_params.iter().map(|param| match param {
            SessionParam::FecKey(keys) => FIXED_LEN + keys.len() * KEY_LEN,
            SessionParam::IgnoredExtension(name) => FIXED_LEN + name.len(),
            SessionParam::Unknown(text) => FIXED_LEN + text.len(),
            _ => FIXED_LEN,
        });
        FIXED_LEN + self.keys.len() * KEY_LEN + params.sum::<usize>()
    }
}

fn write_keys(keys: &[KeyParam], out: &mut String) {
    for (position, key) in keys.iter().enumerate() {
        if position > 0 {
            out.push(';');
        }
        out.push_str("inline:");
        write_base64(&key.master_key, out);
        if let Some(lifetime) = key.lifetime {
            out.push('|');
            out.push_str(&lifetime.to_string());
        }
        if let Some(mki) = &key.mki {
            out.push('|');
            out.push_str(&mki.to_string());
        }
    }
}

/// 46 bytes, the longest key and salt, are 64 digits of base64.
fn write_base64(master_key: &MasterKey, out: &mut String) {
    let mut digits = Zeroizing::new([0; 64]);
    let len = STANDARD.encode_slice(master_key.key_and_salt(), digits.as_mut_slice()).unwrap_or(0);
    out.extend(digits.iter().take(len).copied().map(char::from));
}

fn write_session_param(param: &SessionParam, out: &mut String) {
    match param {
        SessionParam::Unknown(text) => return out.push_str(text),
        SessionParam::IgnoredExtension(name) => {
            out.push('-');
            return out.push_str(name);
        }
        _ => out.push_str(param.name().unwrap_or_default()),
    }
    match param {
        SessionParam::Kdr(rate) => out.push_str(&format!("={rate}")),
        SessionParam::Wsh(size) => out.push_str(&format!("={size}")),
        SessionParam::FecOrder(FecOrder::FecSrtp) => out.push_str("=FEC_SRTP"),
        SessionParam::FecOrder(FecOrder::SrtpFec) => out.push_str("=SRTP_FEC"),
        SessionParam::FecKey(keys) => {
            out.push('=');
            write_keys(keys, out);
        }
        _ => {}
    }
}
