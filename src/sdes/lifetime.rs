//! The lifetime of a master key (RFC 4568 §6.1): how many packets it protects.

use super::Refusal;
use super::attribute::decimal;
use crate::error::Error;
use crate::suite::MAX_SRTP_LIFETIME;
use core::fmt;

/// 1 to 2^48 packets. Remembers how it was spelled, for peers that want their
/// own spelling back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lifetime(Spelling);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Spelling {
    PowerOfTwo(u8),
    Decimal(u64),
}

const MAX_EXPONENT: u64 = 48;

impl Lifetime {
    /// A lifetime that is written as `2^exponent`, 0 to 48.
    pub fn power_of_two(exponent: u8) -> Option<Lifetime> {
        (u64::from(exponent) <= MAX_EXPONENT).then_some(Lifetime(Spelling::PowerOfTwo(exponent)))
    }

    /// A lifetime that is written in decimal, 1 to 2^48.
    pub fn decimal(packets: u64) -> Option<Lifetime> {
        (1..=MAX_SRTP_LIFETIME).contains(&packets).then_some(Lifetime(Spelling::Decimal(packets)))
    }

    /// The number of packets.
    pub fn packets(self) -> u64 {
        match self.0 {
            Spelling::PowerOfTwo(exponent) => 1 << exponent,
            Spelling::Decimal(packets) => packets,
        }
    }

    /// Reads `2^20` or `1048576`.
    pub(super) fn parse(text: &str) -> Result<Lifetime, Refusal> {
        let lifetime = match text.strip_prefix("2^") {
            Some(exponent) => decimal(exponent)
                .and_then(|exponent| u8::try_from(exponent).ok())
                .and_then(Lifetime::power_of_two),
            None => decimal(text).and_then(Lifetime::decimal),
        };
        lifetime.ok_or_else(|| {
            Refusal::new(
                Error::LifetimeSyntax,
                "the lifetime is not a number from 1 to 2^48 in decimal or as 2^n without leading zeros",
            )
        })
    }
}

impl fmt::Display for Lifetime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Spelling::PowerOfTwo(exponent) => write!(f, "2^{exponent}"),
            Spelling::Decimal(packets) => packets.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_spellings_are_kept() {
        for (text, packets) in
            [("2^0", 1), ("2^31", 1 << 31), ("2^48", 1 << 48), ("1", 1), ("1900000", 1_900_000)]
        {
            let lifetime = Lifetime::parse(text).unwrap();
            assert_eq!((lifetime.packets(), lifetime.to_string().as_str()), (packets, text));
        }
        assert_ne!(Lifetime::parse("2^4"), Lifetime::parse("16"), "the spelling counts");
    }

    #[test]
    fn zero_and_leading_zeros_and_more_than_2_to_48_are_refused() {
        for text in ["", "0", "00", "01", "2^", "2^49", "2^020", "2^-1", "+1", "281474976710657", "3^4"] {
            assert_eq!(Lifetime::parse(text).unwrap_err().error, Error::LifetimeSyntax, "{text}");
        }
        let huge = "9".repeat(400);
        assert!(Lifetime::parse(&huge).is_err());
        assert!(Lifetime::parse(&format!("2^{huge}")).is_err());
    }
}
