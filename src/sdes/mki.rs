//! The master key identifier of a key (RFC 4568 §6.1): a positive decimal
//! number and the length of the field that carries it in packets.

use super::Refusal;
use super::attribute::decimal;
use crate::error::Error;
use core::fmt;

/// The longest MKI field (RFC 4568 §6.1).
pub const MAX_MKI_LEN: usize = 128;

/// An MKI as packets carry it: 1 to 128 bytes, big-endian, not zero.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Mki(Vec<u8>);

impl Mki {
    /// The MKI with these bytes, unless there are none, more than 128, or only
    /// zeros (RFC 4568 §6.1: a positive integer).
    pub fn new(bytes: &[u8]) -> Option<Mki> {
        let fits = (1..=MAX_MKI_LEN).contains(&bytes.len());
        (fits && bytes.iter().any(|byte| *byte != 0)).then(|| Mki(bytes.to_vec()))
    }

    /// What packets carry.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// Reads `value:length`.
    pub(super) fn parse(text: &str) -> Result<Mki, Refusal> {
        let (value, len) = text.split_once(':').ok_or_else(|| malformed("the MKI has no length"))?;
        let len = decimal(len)
            .and_then(|len| usize::try_from(len).ok())
            .filter(|len| (1..=MAX_MKI_LEN).contains(len))
            .ok_or_else(|| malformed("the MKI's length is not a number from 1 to 128"))?;
        if value.is_empty() || value.starts_with('0') || !value.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(malformed("the MKI is not a positive decimal number without leading zeros"));
        }
        let bytes = big_endian(value, len);
        bytes
            .map(Mki)
            .ok_or_else(|| malformed(&format!("the MKI does not fit into its length of {len} bytes")))
    }
}

fn malformed(cause: &str) -> Refusal {
    Refusal::new(Error::MkiSyntax, cause)
}

/// The decimal number `digits` in `len` bytes, if it fits.
fn big_endian(digits: &str, len: usize) -> Option<Vec<u8>> {
    let mut bytes = vec![0; len];
    for digit in digits.bytes() {
        let mut carry = u16::from(digit - b'0');
        for byte in bytes.iter_mut().rev() {
            let [high, low] = (u16::from(*byte) * 10 + carry).to_be_bytes();
            *byte = low;
            carry = high.into();
        }
        // What is carried out of the first byte has no place any more.
        if carry != 0 {
            return None;
        }
    }
    Some(bytes)
}

impl fmt::Display for Mki {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = self.0.clone();
        let mut digits = Vec::new();
        while rest.iter().any(|byte| *byte != 0) {
            let mut remainder = 0;
            for byte in &mut rest {
                let dividend = u16::from_be_bytes([remainder, *byte]);
                *byte = (dividend / 10).to_be_bytes()[1];
                remainder = (dividend % 10).to_be_bytes()[1];
            }
            digits.push(char::from(b'0' + remainder));
        }
        let value: String = digits.iter().rev().collect();
        write!(f, "{value}:{}", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn value_is_big_endian_in_its_length() {
        assert_eq!(Mki::parse("1066:4").unwrap().bytes(), [0, 0, 4, 42]);
        assert_eq!(Mki::parse("255:1").unwrap().bytes(), [255]);
        let largest = Mki::new(&[255; MAX_MKI_LEN]).unwrap();
        assert_eq!(Mki::parse(&largest.to_string()).unwrap(), largest);
    }

    #[test]
    fn value_that_does_not_fit_or_is_zero_is_refused() {
        for text in ["256:1", "0:1", "01:1", ":1", "1:", "1:0", "1:129", "1:01", "1", "-1:1", "1:1:1", "x:1"]
        {
            assert_eq!(Mki::parse(text).unwrap_err().error, Error::MkiSyntax, "{text}");
        }
        assert!(Mki::parse(&format!("{}:128", "9".repeat(3000))).is_err());
        assert!(Mki::new(&[]).is_none() && Mki::new(&[0; 4]).is_none() && Mki::new(&[1; 129]).is_none());
    }
}
